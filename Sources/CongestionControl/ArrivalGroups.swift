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

    private var current: Group?
    private var lastComplete: Group?
    private var backwards = 0

    package init() {}

    /// Adds a packet, in the order of arrival.
    package mutating func add(
        sentAt: MonotonicInstant, arrival: MonotonicInstant, octets: Int, selfQueue: Double
    ) -> OnPacket {
        let fresh = Group(
            firstSentAt: sentAt, lastSentAt: sentAt, firstArrival: arrival, lastArrival: arrival, selfQueue: selfQueue,
            octets: octets, firstOctets: octets)
        guard var group = current else {
            current = fresh
            return .joined
        }
        if arrival.nanoseconds &- group.lastArrival.nanoseconds > Self.silence
            || sentAt.nanoseconds &- group.lastSentAt.nanoseconds > Self.silence
        {
            return startAnew(fresh)
        }
        if sentAt < group.firstSentAt { return .joined }
        if joins(group, sentAt: sentAt, arrival: arrival) {
            if sentAt >= group.lastSentAt {
                group.lastSentAt = sentAt
                group.selfQueue = selfQueue
            }
            group.lastArrival = max(group.lastArrival, arrival)
            group.octets &+= octets
            group.packets &+= 1
            current = group
            return .joined
        }
        current = fresh
        if let before = lastComplete, group.lastArrival < before.lastArrival {
            backwards &+= 1
            if backwards >= Self.maximumBackwards { return startAnew(fresh) }
            return .joined
        }
        backwards = 0
        lastComplete = group
        return .completed(group)
    }

    private mutating func startAnew(_ first: Group) -> OnPacket {
        current = first
        lastComplete = nil
        backwards = 0
        return .reset
    }

    private func joins(_ group: Group, sentAt: MonotonicInstant, arrival: MonotonicInstant) -> Bool {
        if sentAt.nanoseconds &- group.firstSentAt.nanoseconds <= Self.sendSpan { return true }
        let arrivalGap = arrival.nanoseconds &- group.lastArrival.nanoseconds
        let sendGap = sentAt.nanoseconds &- group.lastSentAt.nanoseconds
        return arrivalGap <= Self.burstGap && arrivalGap < sendGap
            && arrival.nanoseconds &- group.firstArrival.nanoseconds < Self.maximumBurst
    }
}
