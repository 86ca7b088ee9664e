import Primitives

/// What a `BandwidthEstimator` starts with.
package struct EstimatorSettings: Sendable {
    /// The estimate before anything is known. Most viewers have more; the first probes tell within half a second.
    package var start = Bitrate.kilobits(1_000)
    /// Below this only audio is left.
    package var least = Bitrate.kilobits(30)
    /// The largest estimate.
    package var most = Bitrate.kilobits(50_000)
    /// Whether the delay that our own bursts make is taken out before the trend is looked at (`SelfQueue`).
    package var removesSelfQueue = true
    /// Whether it probes.
    package var probes = true

    package init() {}
}
