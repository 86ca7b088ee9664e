import Primitives

/// How often something may happen: a bucket that holds what four seconds bring, and fills steadily.
struct RateLimit: Sendable {
    /// Seconds' worth of events that may come at once.
    static let burstSeconds = 4.0

    private let perSecond: Double
    private var tokens: Double
    private var last: MonotonicInstant?

    init(perSecond: Int) {
        self.perSecond = Double(perSecond)
        tokens = Double(perSecond) * Self.burstSeconds
    }

    /// Whether it may happen now; counts it if so.
    mutating func admit(now: MonotonicInstant) -> Bool {
        if let last { tokens = min(perSecond * Self.burstSeconds, tokens + max(0, (now - last).inSeconds) * perSecond) }
        last = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
