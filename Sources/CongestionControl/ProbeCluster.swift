import Primitives

/// A short burst at a higher rate, which shows whether the path carries it.
package struct ProbeCluster: Equatable, Sendable {
    /// How long it lasts at its rate.
    package static let duration = Duration.milliseconds(15)
    /// Packets that it needs at least.
    package static let minimumPackets = 5
    /// A cluster that begins later than this after it was asked for is dropped.
    package static let maximumDelay = Duration.milliseconds(100)

    /// 1 to 31; 0 is no cluster.
    package var id: UInt8
    /// The rate to send at.
    package var rate: Bitrate
    package var askedAt: MonotonicInstant

    package init(id: UInt8, rate: Bitrate, askedAt: MonotonicInstant) {
        self.id = id
        self.rate = rate
        self.askedAt = askedAt
    }

    /// Octets that it sends at least.
    package var octets: Int {
        Int(Double(rate.bitsPerSecond) * Self.duration.inSeconds / 8)
    }
}
