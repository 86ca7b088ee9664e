import Primitives

/// Bounds what a slot sends again: a fifth of what it sends, and no packet twice within a round trip, however often the
/// viewer asks. Kept beside the slots, for the fan-out does not need it.
package struct RetransmissionLimit: Sendable {
    /// What the limit says to a request.
    package enum OnRequest: Sendable {
        case send
        /// Sent again less than a round trip ago: that packet may still arrive.
        case tooSoon
        /// The share of what the slot sends is used up.
        case tooMuch
    }

    /// One octet in so many may be sent again.
    package static let divisor = 5
    /// Octets that may be sent again at once, after a while without loss: a burst takes part of a keyframe with it.
    package static let burstOctets = 48 * 1_024
    /// Packets whose last retransmission is remembered; a power of two.
    static let remembered = 256

    private struct Entry {
        var sequence: UInt16
        var at: MonotonicInstant
    }

    private var credit = burstOctets
    private var octetsSent: UInt32 = 0
    /// By the low bits of the sequence number; empty before the first request.
    private var recent: [Entry?] = []

    package init() {}

    /// Asks whether a packet may be sent again, and notes it where it may.
    ///
    /// - Parameters:
    ///   - octets: of the packet's payload.
    ///   - octetsSent: what the slot has sent by now, wrapping.
    ///   - roundTrip: to the viewer and back.
    package mutating func request(
        _ sequence: UInt16, octets: Int, octetsSent: UInt32, roundTrip: Duration, now: MonotonicInstant
    ) -> OnRequest {
        credit = min(credit + Int(octetsSent &- self.octetsSent) / Self.divisor, Self.burstOctets)
        // What the division left over counts next time.
        self.octetsSent = octetsSent &- (octetsSent &- self.octetsSent) % UInt32(Self.divisor)
        if recent.isEmpty { recent = Array(repeating: nil, count: Self.remembered) }
        let place = Int(sequence) & (Self.remembered - 1)
        if let last = recent[place], last.sequence == sequence, now - last.at < roundTrip { return .tooSoon }
        guard credit >= octets else { return .tooMuch }
        credit -= octets
        recent[place] = Entry(sequence: sequence, at: now)
        return .send
    }
}
