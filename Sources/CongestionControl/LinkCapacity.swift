/// The capacity that overuse has shown so far: a mean with a spread (libwebrtc's link capacity estimator).
package struct LinkCapacity: Sendable {
    /// The weight of a new sample.
    private static let weight = 0.05
    /// Bounds of the variance over the mean, in kbit/s.
    private static let spread = 0.4...2.5

    /// In kbit/s.
    private var mean: Double?
    private var normalizedVariance = spread.lowerBound

    package init() {}

    /// In bits per second; `nil` where no overuse has shown it.
    package var estimate: Double? { mean.map { $0 * 1_000 } }

    /// Takes the rate that was acknowledged during overuse, in bits per second.
    package mutating func noteOveruse(acknowledged: Double) {
        let sample = acknowledged / 1_000
        guard let mean else {
            self.mean = sample
            return
        }
        let next = (1 - Self.weight) * mean + Self.weight * sample
        let error = next - sample
        normalizedVariance = (1 - Self.weight) * normalizedVariance + Self.weight * error * error / max(next, 1)
        normalizedVariance = min(max(normalizedVariance, Self.spread.lowerBound), Self.spread.upperBound)
        self.mean = next
    }

    /// Forgets the capacity where the acknowledged rate is more than three deviations from it: the link is another one.
    package mutating func check(acknowledged: Double) {
        guard let mean else { return }
        let deviation = 3 * (normalizedVariance * mean).squareRoot()
        if abs(acknowledged / 1_000 - mean) > deviation { self.mean = nil }
    }
}
