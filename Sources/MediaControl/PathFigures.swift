import Primitives

/// The estimated paths of one worker that the same thing limits, at one instant.
package struct PathFigures: Hashable, Sendable {
    /// How many viewers' paths.
    package var count = 0
    /// The sum of their estimates.
    package var estimate = Bitrate.zero
    /// The sum of the delays on the paths that our own bursts do not explain.
    package var queueing = Duration.zero

    package init() {}

    /// Adds one path.
    package mutating func add(estimate: Bitrate, queueing: Duration) {
        count += 1
        self.estimate = Bitrate(bitsPerSecond: self.estimate.bitsPerSecond &+ estimate.bitsPerSecond)
        self.queueing += queueing
    }
}
