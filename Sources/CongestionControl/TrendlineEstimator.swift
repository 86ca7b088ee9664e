import Primitives

/// Whether the delay rises: the slope of a line through the smoothed delays of the last groups (libwebrtc's trendline; the
/// draft's Kalman filter is older).
package struct TrendlineEstimator: Sendable {
    /// Groups that the line goes through.
    package static let window = 20
    /// Groups from which on there is a slope.
    package static let minimum = 10
    /// The weight of the past in the smoothed delay.
    package static let smoothing = 0.9
    /// What turns a slope into something comparable with the detector's threshold.
    package static let gain = 4.0
    /// Groups that count at most in the same.
    package static let maximumGroups = 60

    private var times: InlineArray<20, Double> = .init(repeating: 0)
    private var delays: InlineArray<20, Float> = .init(repeating: 0)
    private var groups = 0
    private var smoothed = 0.0

    package init() {}

    /// Adds a group.
    ///
    /// - Parameters:
    ///   - delay: of the group, above the path's base, in milliseconds.
    ///   - arrival: of the group, in milliseconds since any origin.
    /// - Returns: the trend T, in milliseconds; `nil` before there are enough groups.
    package mutating func add(delay: Double, arrival: Double) -> Double? {
        smoothed = groups == 0 ? delay : Self.smoothing * smoothed + (1 - Self.smoothing) * delay
        let place = groups % Self.window
        times[place] = arrival
        delays[place] = Float(smoothed)
        groups &+= 1
        let count = min(groups, Self.window)
        guard count >= Self.minimum else { return nil }
        // Least squares in one pass, with times from the newest group on. In this method and not in one of its own: a method
        // that does not mutate would be given a copy of the rings.
        var sums = (time: 0.0, delay: 0.0, product: 0.0, square: 0.0)
        for place in 0..<count {
            let (time, delay) = (times[place] - arrival, Double(delays[place]))
            sums.time += time
            sums.delay += delay
            sums.product += time * delay
            sums.square += time * time
        }
        let number = Double(count)
        let below = number * sums.square - sums.time * sums.time
        guard below > 0 else { return nil }
        let slope = (number * sums.product - sums.time * sums.delay) / below
        return Double(min(groups, Self.maximumGroups)) * slope * Self.gain
    }
}
