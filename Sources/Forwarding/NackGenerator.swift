import Primitives

/// Which packets of a publisher's stream are missing, and when to ask for each (RFC 4585 section 6.2.1).
///
/// Asking is bounded three ways: a packet is given time to come late, it is asked for once a round trip, and given up
/// after `maximumRequests` or `maximumAge`, when no decoder waits for it any more. Bounded in memory, and without any
/// before the first gap.
package struct NackGenerator: Sendable {
    /// How long a gap may be mere reordering.
    package static let reorderingGrace = Duration.milliseconds(8)
    /// Requests for one packet.
    package static let maximumRequests = 10
    /// A packet missing for longer is given up.
    package static let maximumAge = Duration.seconds(1)
    /// Packets missing at a time; a longer gap is an interruption, which only a keyframe ends.
    package static let maximumMissing = 256
    /// The least time between two requests for one packet.
    package static let shortestRetry = Duration.milliseconds(20)

    /// What a packet was to the stream.
    package enum OnPacket: Equatable, Sendable {
        /// The next.
        case newest
        /// One further on; what lies between is now missing.
        case gap
        /// One that was missing. `requestedAt` is when it was asked for, where that happened just once, so that its
        /// coming measures the round trip.
        case recovered(requestedAt: MonotonicInstant?)
        /// One that came before, or was given up.
        case old
        /// So many are missing that they are given up: a keyframe is needed.
        case interrupted
    }

    private struct Missing {
        var sequence: Int64
        var noticed: MonotonicInstant
        var due: MonotonicInstant
        var lastRequest: MonotonicInstant
        var requests: UInt8
    }

    private var highest: Int64?
    /// In ascending order.
    private var missing: [Missing] = []
    /// No later than the earliest `due`.
    private var nextDue: MonotonicInstant?

    package init() {}

    /// Packets that are being waited for.
    package var count: Int { missing.count }

    /// Whether the packet with this extended sequence number is being waited for.
    package func contains(_ sequence: Int64) -> Bool { index(of: sequence) != nil }

    /// When `takeDue` will have something to tell; `nil` while nothing is missing.
    package var nextTimeout: MonotonicInstant? { nextDue }

    /// Begins anew with the next packet, as after a closed gate.
    package mutating func reset() {
        highest = nil
        forgetAll()
    }

    /// Notes the packet with this extended sequence number, whether it came by itself or again.
    package mutating func note(_ sequence: Int64, now: MonotonicInstant) -> OnPacket {
        guard let last = highest else {
            highest = sequence
            return .newest
        }
        if sequence > last {
            highest = sequence
            return sequence == last &+ 1 ? .newest : noteGap(after: last, before: sequence, now: now)
        }
        guard !missing.isEmpty, let index = index(of: sequence) else { return .old }
        let found = missing.remove(at: index)
        if missing.isEmpty { nextDue = nil }
        return .recovered(requestedAt: found.requests == 1 ? found.lastRequest : nil)
    }

    /// A keyframe begins with this packet: nobody needs what came before.
    package mutating func keyframeBegan(at sequence: Int64) {
        guard !missing.isEmpty else { return }
        missing.removeAll { $0.sequence < sequence }
        if missing.isEmpty { nextDue = nil }
    }

    /// Gives up what did not come late by now, from a publisher that sends nothing again.
    ///
    /// - Returns: how many packets were given up.
    package mutating func giveUpDue(now: MonotonicInstant) -> Int {
        guard let due = nextDue, due <= now else { return 0 }
        let before = missing.count
        missing.removeAll { $0.due <= now }
        // Those that are left came in their order.
        nextDue = missing.first?.due
        return before - missing.count
    }

    /// Appends the numbers that are to be asked for now to `numbers`, in ascending order.
    ///
    /// - Returns: how many packets were given up.
    package mutating func takeDue(now: MonotonicInstant, roundTrip: Duration, into numbers: inout [UInt16]) -> Int {
        guard let due = nextDue, due <= now else { return 0 }
        let before = missing.count
        missing.removeAll {
            $0.due <= now && ($0.requests >= UInt8(Self.maximumRequests) || now - $0.noticed >= Self.maximumAge)
        }
        // A quarter more than the round trip, so that an answer that is a little late is not asked for again.
        let retry = max(roundTrip * 5 / 4, Self.shortestRetry)
        nextDue = nil
        for index in missing.indices {
            if missing[index].due <= now {
                numbers.append(UInt16(truncatingIfNeeded: missing[index].sequence))
                missing[index].requests &+= 1
                missing[index].lastRequest = now
                missing[index].due = now + retry
            }
            nextDue = earliest(nextDue, missing[index].due)
        }
        return before - missing.count
    }

    private mutating func noteGap(after last: Int64, before sequence: Int64, now: MonotonicInstant) -> OnPacket {
        let gap = sequence &- last &- 1
        guard gap <= Int64(Self.maximumMissing - missing.count) else {
            forgetAll()
            return .interrupted
        }
        let due = now + Self.reorderingGrace
        for number in (last &+ 1)..<sequence {
            missing.append(Missing(sequence: number, noticed: now, due: due, lastRequest: .zero, requests: 0))
        }
        nextDue = earliest(nextDue, due)
        return .gap
    }

    private mutating func forgetAll() {
        missing.removeAll(keepingCapacity: true)
        nextDue = nil
    }

    private func index(of sequence: Int64) -> Int? {
        var low = 0
        var high = missing.count
        while low < high {
            let middle = (low + high) / 2
            if missing[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < missing.count && missing[low].sequence == sequence ? low : nil
    }
}
