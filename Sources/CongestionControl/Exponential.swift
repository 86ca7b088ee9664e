/// Powers and logarithms without a C library, exact to some 1e-12, so that a run gives the same figures everywhere.
enum Exponential {
    private static let naturalLogOf2 = 0.693_147_180_559_945_3

    /// The natural logarithm of a positive number; that of anything else is that of the smallest normal number.
    static func logarithm(_ value: Double) -> Double {
        let value = value >= .leastNormalMagnitude && value.isFinite ? value : .leastNormalMagnitude
        var exponent = Double(value.exponent)
        var significand = value.significand
        if significand > 1.414_213_562_373_095 {
            significand /= 2
            exponent += 1
        }
        // ln m = 2 artanh((m - 1)/(m + 1)), whose series converges fast near 1.
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var term = ratio
        var sum = 0.0
        for index in 0..<12 {
            sum += term / Double(2 * index + 1)
            term *= square
        }
        return 2 * sum + exponent * naturalLogOf2
    }

    /// e to `value`, within the range of numbers.
    static func exponential(_ value: Double) -> Double {
        let value = min(max(value, -700), 700)
        let whole = (value / naturalLogOf2).rounded()
        let rest = value - whole * naturalLogOf2
        var term = 1.0
        var sum = 1.0
        for index in 1...14 {
            term *= rest / Double(index)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    static func power(_ base: Double, _ exponent: Double) -> Double { exponential(logarithm(base) * exponent) }
}
