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
        guard count >= Self.minimum, let slope = slope(count) else { return nil }
        return Double(min(groups, Self.maximumGroups)) * slope * Self.gain
    }

    /// Least squares; `nil` where all groups arrived at once.
    private func slope(_ count: Int) -> Double? {
        var meanTime = 0.0
        var meanDelay = 0.0
        for place in 0..<count {
            meanTime += times[place]
            meanDelay += Double(delays[place])
        }
        meanTime /= Double(count)
        meanDelay /= Double(count)
        var above = 0.0
        var below = 0.0
        for place in 0..<count {
            above += (times[place] - meanTime) * (Double(delays[place]) - meanDelay)
            below += (times[place] - meanTime) * (times[place] - meanTime)
        }
        return below > 0 ? above / below : nil
    }
}
