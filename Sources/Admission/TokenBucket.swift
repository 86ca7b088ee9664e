import Primitives

/// A rate limit: lets through `rate` units a second, and up to `burst` units at once after a pause.
package struct TokenBucket: Sendable {
    private let rate: Double
    private let burst: Double
    private var level: Double
    /// `nil` before the first use: the bucket begins full.
    private var filledAt: MonotonicInstant?

    /// - Parameters:
    ///   - rate: units a second.
    ///   - burst: units that the bucket holds.
    package init(rate: Int, burst: Int) {
        self.rate = Double(rate)
        self.burst = Double(burst)
        level = Double(burst)
    }

    /// Takes this many units, if they are there; else nothing changes but the time.
    package mutating func take(_ units: Int = 1, now: MonotonicInstant) -> Bool {
        if let filledAt { level = min(burst, level + max(0, (now - filledAt).inSeconds) * rate) }
        filledAt = now
        guard level >= Double(units) else { return false }
        level -= Double(units)
        return true
    }
}
