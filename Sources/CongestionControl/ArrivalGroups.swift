import Primitives

/// Joins packets that were sent together into groups, because a path delays a burst as one (draft-ietf-rmcat-gcc-02
/// section 5.1, with libwebrtc's rule for bursts made by the path).
package struct ArrivalGroups: Sendable {
    /// Packets sent within this time of a group's first belong to the group.
    package static let sendSpan: Int64 = 5_000_000
    /// Packets that arrive within this time of each other, and closer than they were sent, belong to one group.
    package static let burstGap: Int64 = 5_000_000
    /// No group is joined by bursts for longer than this.
    package static let maximumBurst: Int64 = 100_000_000
    /// After a silence of this length the groups start anew.
    package static let silence: Int64 = 2_000_000_000
    /// After so many groups that arrived before their predecessors, the groups start anew.
    package static let maximumBackwards = 3

    /// Packets sent together, with the sums a detector needs.
    package struct Group: Equatable, Sendable {
        package var firstSentAt: MonotonicInstant
        package var lastSentAt: MonotonicInstant
        package var firstArrival: MonotonicInstant
        package var lastArrival: MonotonicInstant
        /// Of the last packet, in milliseconds: what our own bursts explain of its delay.
        package var selfQueue: Double
        package var octets: Int
        package var packets = 1
        /// Of the first packet.
        package var firstOctets: Int

        /// Arrival less sending of the last packet, in milliseconds; holds the offset between the clocks.
        package var delay: Double { Double(lastArrival.nanoseconds &- lastSentAt.nanoseconds) / 1e6 }
    }

    /// What a packet did.
    package enum OnPacket: Equatable, Sendable {
        /// The packet belongs to the group that is being filled, or was sent before it and is skipped.
        case joined
        /// The packet began a new group; the one before is complete.
        case completed(Group)
        /// The silence or the clock made everything before meaningless.
        case reset
    }

    private var hasCurrent = false
    private var current = Group(
        firstSentAt: .zero, lastSentAt: .zero, firstArrival: .zero, lastArrival: .zero, selfQueue: 0, octets: 0,
        firstOctets: 0)
    /// The last arrival of the last complete group.
    private var lastArrival: MonotonicInstant?
    private var backwards = 0

    package init() {}

    /// Adds a packet, in the order of arrival.
    package mutating func add(
        sentAt: MonotonicInstant, arrival: MonotonicInstant, octets: Int, selfQueue: Double
    ) -> OnPacket {
        guard hasCurrent else {
            begin(sentAt: sentAt, arrival: arrival, octets: octets, selfQueue: selfQueue)
            return .joined
        }
        if arrival.nanoseconds &- current.lastArrival.nanoseconds > Self.silence
            || sentAt.nanoseconds &- current.lastSentAt.nanoseconds > Self.silence
        {
            begin(sentAt: sentAt, arrival: arrival, octets: octets, selfQueue: selfQueue)
            return startAnew()
        }
        if sentAt.nanoseconds < current.firstSentAt.nanoseconds { return .joined }
        if joins(sentAt: sentAt.nanoseconds, arrival: arrival.nanoseconds) {
            if sentAt.nanoseconds >= current.lastSentAt.nanoseconds {
                current.lastSentAt = sentAt
                current.selfQueue = selfQueue
            }
            if arrival.nanoseconds > current.lastArrival.nanoseconds { current.lastArrival = arrival }
            current.octets &+= octets
            current.packets &+= 1
            return .joined
        }
        let group = current
        begin(sentAt: sentAt, arrival: arrival, octets: octets, selfQueue: selfQueue)
        if let lastArrival, group.lastArrival.nanoseconds < lastArrival.nanoseconds {
            backwards &+= 1
            return backwards >= Self.maximumBackwards ? startAnew() : .joined
        }
        backwards = 0
        lastArrival = group.lastArrival
        return .completed(group)
    }

    /// Whether packets that left together with the one added last belong to its group, by the time of sending.
    mutating func joins(_ burst: PacketBurst) -> Bool {
        let since = burst.sentAt.nanoseconds &- current.firstSentAt.nanoseconds
        return since >= 0 && since <= Self.sendSpan
    }

    /// Adds packets to the current group.
    mutating func add(_ burst: PacketBurst, selfQueue: Double) {
        if burst.sentAt.nanoseconds >= current.lastSentAt.nanoseconds {
            current.lastSentAt = burst.sentAt
            current.selfQueue = selfQueue
        }
        if burst.lastArrival.nanoseconds > current.lastArrival.nanoseconds { current.lastArrival = burst.lastArrival }
        current.octets &+= burst.octets
        current.packets &+= burst.packets
    }

    private mutating func begin(
        sentAt: MonotonicInstant, arrival: MonotonicInstant, octets: Int, selfQueue: Double
    ) {
        hasCurrent = true
        current = Group(
            firstSentAt: sentAt, lastSentAt: sentAt, firstArrival: arrival, lastArrival: arrival, selfQueue: selfQueue,
            octets: octets, firstOctets: octets)
    }

    /// Forgets all but the current group.
    private mutating func startAnew() -> OnPacket {
        lastArrival = nil
        backwards = 0
        return .reset
    }

    /// Whether a packet belongs to the current group. Mutating only so that nothing is copied.
    private mutating func joins(sentAt: Int64, arrival: Int64) -> Bool {
        if sentAt &- current.firstSentAt.nanoseconds <= Self.sendSpan { return true }
        let arrivalGap = arrival &- current.lastArrival.nanoseconds
        let sendGap = sentAt &- current.lastSentAt.nanoseconds
        return arrivalGap <= Self.burstGap && arrivalGap < sendGap
            && arrival &- current.firstArrival.nanoseconds < Self.maximumBurst
    }
}
