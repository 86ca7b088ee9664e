import Primitives

/// What a peer's feedback is believed: it decides what we send, so it is checked against our own clock and records.
package struct FeedbackTrust: Sendable {
    /// Feedbacks read per second; the rest is dropped.
    package static let feedbacksPerSecond = 100
    /// What is sent over two seconds is at most this multiple of what was acknowledged in them.
    package static let sendingFactor = 1.5
    /// The time before that applies.
    package static let grace = Duration.seconds(2)
    /// The peer's clock must run at a pace within these bounds of ours, over the stretch.
    package static let pace = 0.9...1.1
    package static let paceStretch = Duration.seconds(5)
    private static let paceStretchNanoseconds = paceStretch.wholeNanoseconds
    /// Acknowledged numbers that were never sent before the peer is held to the least rate.
    package static let falseAcknowledgements = 2

    private var second: Int64 = .min
    private var feedbacks = 0
    private var paceFrom: (arrival: MonotonicInstant, at: MonotonicInstant)?
    private var falselyAcknowledged = 0
    /// Whether arrival times say anything.
    package private(set) var isClockTrusted = true

    package init() {}

    /// Whether the peer acknowledged packets that were never sent.
    package var isOptimistic: Bool { falselyAcknowledged >= Self.falseAcknowledgements }

    /// Whether a feedback is read.
    package mutating func admits(now: MonotonicInstant) -> Bool {
        let number = now.nanoseconds / 1_000_000_000
        if number != second {
            second = number
            feedbacks = 0
        }
        feedbacks &+= 1
        return feedbacks <= Self.feedbacksPerSecond
    }

    /// Notes that a number was acknowledged which was left out when sending.
    package mutating func noteFalseAcknowledgement() { falselyAcknowledged &+= 1 }

    /// Compares the peer's clock with ours.
    ///
    /// - Parameter arrival: of the newest packet of a feedback, on the peer's clock.
    package mutating func note(arrival: MonotonicInstant, now: MonotonicInstant) {
        guard let from = paceFrom else {
            paceFrom = (arrival, now)
            return
        }
        let elapsed = now.nanoseconds &- from.at.nanoseconds
        guard elapsed >= Self.paceStretchNanoseconds else { return }
        let ours = Double(elapsed) / 1e9
        // A delay that changes by the longest queue of a second is no clock.
        let theirs = (arrival - from.arrival).inSeconds
        isClockTrusted = theirs > Self.pace.lowerBound * ours - 1 && theirs < Self.pace.upperBound * ours + 1
        paceFrom = (arrival, now)
    }
}
