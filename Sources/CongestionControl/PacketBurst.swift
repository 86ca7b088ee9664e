import Primitives

/// Packets that left in one batch, none of a probe's, and arrived behind each other.
struct PacketBurst {
    let sentAt: MonotonicInstant
    private(set) var lastArrival: MonotonicInstant
    private(set) var packets = 0
    private(set) var octets = 0
    /// Of the last packet.
    private(set) var lastOctets = 0
    /// The longest time from one arrival to the next, in nanoseconds; from the packet before it to its first as well.
    private(set) var gap: Int64 = 0

    /// - Parameter lastArrival: of the packet before these.
    init(sentAt: MonotonicInstant, lastArrival: MonotonicInstant) {
        self.sentAt = sentAt
        self.lastArrival = lastArrival
    }

    mutating func add(octets: Int, arrival: MonotonicInstant) {
        gap = max(gap, arrival.nanoseconds &- lastArrival.nanoseconds)
        lastArrival = arrival
        packets &+= 1
        self.octets &+= octets
        lastOctets = octets
    }
}
