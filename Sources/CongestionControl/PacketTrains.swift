import Primitives

/// What frames show about the bottleneck's rate: a frame leaves whole, so its packets arrive as far apart as the bottleneck
/// sends them.
///
/// On a shared link that is the rate of the link and not our share, and radios deliver frames at once. So trains raise no
/// estimate; a train rate that has risen since the last probe says that it is time for the next.
package struct PacketTrains: Sendable {
    /// Packets of a train, and the time between its first and last arrival in milliseconds, at least.
    package static let minimumPackets = 4
    package static let minimumSpread = 4.0
    /// Trains that the median is taken of.
    private static let window = 9

    /// In bits per second.
    private var rates: InlineArray<9, Float> = .init(repeating: 0)
    private var count = 0

    package init() {}

    /// Takes a group of packets that were sent at once.
    package mutating func add(_ group: ArrivalGroups.Group) {
        let spread = Double(group.lastArrival.nanoseconds &- group.firstArrival.nanoseconds) / 1e6
        guard group.packets >= Self.minimumPackets, spread >= Self.minimumSpread else { return }
        rates[count % Self.window] = Float(Double(group.octets &- group.firstOctets) * 8_000 / spread)
        count &+= 1
    }

    /// The median rate of the last trains, in bits per second; `nil` before there are enough.
    package var rate: Double? {
        guard count >= Self.window else { return nil }
        for place in 0..<Self.window {
            var below = 0
            var same = 0
            for other in 0..<Self.window {
                if rates[other] < rates[place] { below &+= 1 } else if rates[other] == rates[place] { same &+= 1 }
            }
            if below <= Self.window / 2, below &+ same > Self.window / 2 { return Double(rates[place]) }
        }
        return nil
    }
}
