import Primitives

/// Lowers the rate while feedback is missing: the peer or the way back is gone, and what is sent may be the cause.
package struct FeedbackTimeout: Sendable {
    /// Packets without an answer from which on silence counts.
    package static let packets = 10
    /// No rise and no probe after this, or after three round trips.
    package static let firstSilence = Duration.milliseconds(500)
    private static let firstSilenceNanoseconds = firstSilence.wholeNanoseconds
    /// The rate is halved after this, and lowered further at each interval.
    package static let halving = Duration.seconds(1)
    package static let interval = Duration.milliseconds(500)
    package static let further = 0.7
    /// After the silence the rate is at most this multiple of what was acknowledged before it.
    package static let returnFactor = 2.0

    private var lastFeedback: MonotonicInstant?
    private var unansweredSince: MonotonicInstant?
    private var unanswered = 0
    private var lowered: (before: Double, at: MonotonicInstant)?

    package init() {}

    /// Notes packets that were sent.
    package mutating func sent(packets: Int, now: MonotonicInstant) {
        if unansweredSince == nil { unansweredSince = now }
        unanswered &+= packets
    }

    /// Notes a feedback.
    ///
    /// - Returns: the rate before the silence, in bits per second, if the rate was lowered for it.
    package mutating func feedback(now: MonotonicInstant) -> Double? {
        lastFeedback = now
        unanswered = 0
        unansweredSince = nil
        defer { lowered = nil }
        return lowered?.before
    }

    /// Whether feedback is missing: no rise and no probe.
    package func isSilent(roundTrip: Duration, now: MonotonicInstant) -> Bool {
        guard unanswered > Self.packets, let unansweredSince else { return false }
        let silence = now.nanoseconds &- unansweredSince.nanoseconds
        return silence > Self.firstSilenceNanoseconds && .nanoseconds(silence) > roundTrip * 3
    }

    /// When to call `rate` next; `nil` while nothing is unanswered.
    package var deadline: MonotonicInstant? {
        guard unanswered > Self.packets, let unansweredSince else { return nil }
        return lowered.map { $0.at + Self.interval } ?? unansweredSince + Self.halving
    }

    /// The lowered rate, in bits per second; `nil` where it stays as it is.
    package mutating func lower(_ rate: Double, now: MonotonicInstant) -> Double? {
        guard let deadline, now.nanoseconds >= deadline.nanoseconds else { return nil }
        let before = lowered?.before ?? rate
        let factor = lowered == nil ? 0.5 : Self.further
        lowered = (before, now)
        return rate * factor
    }
}
