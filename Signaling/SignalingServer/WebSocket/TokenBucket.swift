/// Lets through `rate` units a second, and `burst` at once after a pause.
struct TokenBucket {
    private let rate: Double
    private let burst: Double
    private var level: Double
    private var filledAt: Int64

    /// - Parameter nanoseconds: now.
    init(rate: Int, burst: Int, nanoseconds: Int64) {
        self.rate = Double(rate)
        self.burst = Double(burst)
        level = Double(burst)
        filledAt = nanoseconds
    }

    /// Takes so many units, if they are there.
    mutating func take(_ units: Int, nanoseconds: Int64) -> Bool {
        let elapsed = Double(max(0, nanoseconds &- filledAt)) / 1e9
        filledAt = nanoseconds
        level = min(burst, level + elapsed * rate)
        guard level >= Double(units) else { return false }
        level -= Double(units)
        return true
    }
}
