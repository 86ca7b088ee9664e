import Primitives

/// Whether another sender keeps the queue: a delay that has not left for five seconds, although we lowered our rate, on a
/// path that loses packets. Delay says nothing there; yielding to it would leave the path to the other (RFC 8867 section 5.6).
package struct StandingQueue: Sendable {
    /// The least residual delay, in milliseconds, that is a standing queue.
    package static let least = 25.0
    /// Buckets of this width, in nanoseconds, of which five are kept.
    private static let bucket: Int64 = 1_000_000_000
    private static let buckets = 5
    /// How long a loss counts. Flows like ours that wait for each other fill a queue but do not overflow it.
    package static let lossTime = Duration.seconds(10)

    /// After this long delay is followed again for the second time: if the queue was our own after all, it drains then.
    package static let longest = Duration.seconds(10)
    package static let trial = Duration.seconds(2)

    private var competingSince: MonotonicInstant?
    private var trialUntil = MonotonicInstant.zero
    private var residuals: InlineArray<5, Double> = .init(repeating: 0)
    private var current: Int64 = -1
    private var lastLoss: MonotonicInstant?

    package init() {}

    /// Whether another sender keeps the queue, as of the last group.
    package private(set) var isCompeting = false

    package mutating func noteLoss(now: MonotonicInstant) { lastLoss = now }

    /// Notes the delay that our own bursts do not explain, in milliseconds.
    package mutating func note(residual: Double, now: MonotonicInstant) {
        let number = max(now.nanoseconds, 0) / Self.bucket
        let place = Int(number % Int64(Self.buckets))
        if number != current {
            residuals[place] = .infinity
            current = number
        }
        residuals[place] = min(residuals[place], residual)
        isCompeting = stands(now: now)
        guard isCompeting else {
            competingSince = nil
            return
        }
        let since = competingSince ?? now
        competingSince = since
        if now - since >= Self.longest { trialUntil = now + Self.trial }
    }

    private mutating func stands(now: MonotonicInstant) -> Bool {
        guard now >= trialUntil, let lastLoss, now - lastLoss < Self.lossTime else { return false }
        for place in 0..<Self.buckets where residuals[place] <= Self.least { return false }
        return true
    }
}
