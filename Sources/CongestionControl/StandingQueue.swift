import Primitives

/// Whether another sender keeps the queue: a delay that has not left for three seconds and does not fall, although we lowered
/// our rate, on a path that loses packets. Delay says nothing there; yielding to it would leave the path to the other (RFC 8867
/// section 5.6).
package struct StandingQueue: Sendable {
    /// A residual delay above this, in milliseconds, is a standing queue.
    package static let standing: Float = 25
    /// Buckets of this width, in nanoseconds, of which six are kept.
    private static let bucket: Int64 = 500_000_000
    private static let buckets = 6

    /// How long a loss counts. Flows like ours that wait for each other fill a queue but do not overflow it.
    package static let lossTime = Duration.seconds(10)
    private static let lossNanoseconds = lossTime.wholeNanoseconds
    /// The largest delay of the last second is at least this part of that of all three: a queue of our own falls.
    package static let stay: Float = 0.7
    /// After this long delay is followed again for the second time: if the queue was our own after all, it drains then.
    package static let longest = Duration.seconds(10)
    package static let trial = Duration.seconds(2)

    private var competingSince: MonotonicInstant?
    private var trialUntil = MonotonicInstant.zero
    private var least: InlineArray<6, Float> = .init(repeating: 0)
    private var largest: InlineArray<6, Float> = .init(repeating: 0)
    /// Where the present bucket is kept, and when it began in nanoseconds.
    private var place = 0
    private var begin = Int64.max
    private var lastLoss: MonotonicInstant?

    package init() {}

    /// Whether another sender keeps the queue, as of the last group.
    package private(set) var isCompeting = false

    package mutating func noteLoss(now: MonotonicInstant) { lastLoss = now }

    /// Notes the delay that our own bursts do not explain, in milliseconds.
    package mutating func note(residual: Double, now: MonotonicInstant) {
        if now.nanoseconds < begin || now.nanoseconds &- begin >= Self.bucket {
            let number = max(now.nanoseconds, 0) / Self.bucket
            begin = number &* Self.bucket
            place = Int(number % Int64(Self.buckets))
            least[place] = .infinity
            largest[place] = 0
        }
        least[place] = min(least[place], Float(residual))
        largest[place] = max(largest[place], Float(residual))
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
        guard let lastLoss, now.nanoseconds >= trialUntil.nanoseconds,
            now.nanoseconds &- lastLoss.nanoseconds < Self.lossNanoseconds
        else { return false }
        var most: Float = 0
        for place in 0..<Self.buckets {
            if least[place] <= Self.standing { return false }
            most = max(most, largest[place])
        }
        let before = (place &+ Self.buckets &- 1) % Self.buckets
        return max(largest[place], largest[before]) >= Self.stay * most
    }
}
