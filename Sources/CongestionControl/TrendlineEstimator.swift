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
    /// Where the next group is kept.
    private var place = 0
    private var smoothed = 0.0
    /// The sums of least squares over the groups that are kept, with times since `origin`.
    private var sums = (time: 0.0, delay: 0.0, product: 0.0, square: 0.0)
    private var origin = 0.0

    package init() {}

    /// Adds a group.
    ///
    /// - Parameters:
    ///   - delay: of the group, above the path's base, in milliseconds.
    ///   - arrival: of the group, in milliseconds since any origin.
    /// - Returns: the trend T, in milliseconds; `nil` before there are enough groups.
    package mutating func add(delay: Double, arrival: Double) -> Double? {
        smoothed = groups == 0 ? delay : Self.smoothing * smoothed + (1 - Self.smoothing) * delay
        if groups >= Self.window { add(times[place], Double(delays[place]), sign: -1) }
        times[place] = arrival
        delays[place] = Float(smoothed)
        groups &+= 1
        let count = min(groups, Self.window)
        place &+= 1
        if place == Self.window {
            place = 0
            sumAnew(from: arrival)
        } else {
            add(arrival, Double(Float(smoothed)), sign: 1)
        }
        guard count >= Self.minimum else { return nil }
        let number = Double(count)
        let below = number * sums.square - sums.time * sums.time
        guard below > 0 else { return nil }
        let slope = (number * sums.product - sums.time * sums.delay) / below
        return Double(min(groups, Self.maximumGroups)) * slope * Self.gain
    }

    /// Adds a group to the sums, or takes it out.
    private mutating func add(_ arrival: Double, _ delay: Double, sign: Double) {
        let time = arrival - origin
        let signed = sign * time
        sums.time += signed
        sums.delay += sign * delay
        sums.product += signed * delay
        sums.square += signed * time
    }

    /// Once in a window, so that neither times nor what rounding leaves grow without end.
    private mutating func sumAnew(from arrival: Double) {
        origin = arrival
        sums = (0, 0, 0, 0)
        for place in 0..<Self.window { add(times[place], Double(delays[place]), sign: 1) }
    }
}
