import Primitives

/// Compares the trend with a threshold that adapts to the path's own noise (draft-ietf-rmcat-gcc-02 section 5.4, with
/// libwebrtc's constants).
package struct OveruseDetector: Sendable {
    /// How the path is used.
    package enum Usage: Sendable {
        case normal, overuse, underuse
    }

    package static let initialThreshold = 12.5
    package static let thresholds = 6.0...600.0
    /// How long the trend must be above the threshold, in milliseconds.
    package static let overuseTime = 10.0
    /// A trend further above the threshold does not move it: a sudden change is no noise.
    package static let outlier = 15.0
    /// The threshold's gain per millisecond, upwards and downwards.
    package static let gainUp = 0.0087
    package static let gainDown = 0.039
    /// The longest step of the threshold's adaptation, in milliseconds.
    package static let maximumStep = 100.0

    package private(set) var usage = Usage.normal
    package private(set) var threshold = initialThreshold
    private var timeOver: Double?
    private var groupsOver = 0
    private var previousTrend = 0.0

    package init() {}

    /// Takes the trend after a group.
    ///
    /// - Parameter elapsed: milliseconds since the group before.
    package mutating func update(trend: Double, elapsed: Double) -> Usage {
        let elapsed = max(elapsed, 0)
        if trend > threshold {
            let time = timeOver.map { $0 + elapsed } ?? elapsed / 2
            timeOver = time
            groupsOver &+= 1
            if time > Self.overuseTime, groupsOver > 1, trend >= previousTrend {
                timeOver = 0
                groupsOver = 0
                usage = .overuse
            }
        } else {
            timeOver = nil
            groupsOver = 0
            usage = trend < -threshold ? .underuse : .normal
        }
        previousTrend = trend
        adapt(to: abs(trend), elapsed: min(elapsed, Self.maximumStep))
        return usage
    }

    private mutating func adapt(to magnitude: Double, elapsed: Double) {
        guard magnitude <= threshold + Self.outlier else { return }
        let gain = magnitude < threshold ? Self.gainDown : Self.gainUp
        threshold += gain * (magnitude - threshold) * elapsed
        threshold = min(max(threshold, Self.thresholds.lowerBound), Self.thresholds.upperBound)
    }
}
