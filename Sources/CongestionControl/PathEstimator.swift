import Primitives

/// Estimates what the path to one peer carries. Another estimator, such as one for RFC 8888 with L4S, takes the place by
/// conforming; whoever uses it is generic, so that no call goes through an existential.
package protocol PathEstimator: Sendable {
    /// Packets have left: once per message or run, with octets on the path (headers of IP and UDP included).
    mutating func sent(octets: Int, packets: Int, now: MonotonicInstant)
    /// A transport-wide feedback has come; `batch` holds its results.
    mutating func feedback(_ batch: FeedbackBatch, now: MonotonicInstant)
    /// A receiver report has come, with the loss since the last one, 0 to 1, and what the publisher lost of it.
    mutating func receiverReport(loss: Double, upstreamLoss: Double, roundTrip: Duration, now: MonotonicInstant)
    /// A REMB has come.
    mutating func remb(_ rate: Bitrate, now: MonotonicInstant)
    /// What all slots could use, with headers; no probe and no estimate needs to go far beyond it.
    mutating func allocated(_ wanted: Bitrate)
    /// Time has passed; call it at `nextTimeout`, or each 100 ms.
    mutating func timeout(now: MonotonicInstant)
    /// When `timeout` has something to do; `nil` for never.
    var nextTimeout: MonotonicInstant? { get }
    /// A cluster to send now; `nil` for none. Ask after feedback and timeouts.
    mutating func nextProbe(now: MonotonicInstant) -> ProbeCluster?
    /// What may be sent.
    func target(now: MonotonicInstant) -> PathTarget
}

/// What may be sent to a peer, and why not more.
package struct PathTarget: Equatable, Sendable {
    package typealias Limit = PathLimit

    /// For the allocator.
    package var estimate: Bitrate
    /// What holds the estimate down.
    package var limit: Limit
    /// For the pacer.
    package var pacing: Bitrate
    /// What may be sent over two seconds, whatever the estimate is: 1.5 times what was acknowledged, plus one upgrade's
    /// step that the allocator may add; `nil` in the first two seconds.
    package var ceiling: Bitrate?
    /// Whether the path is overused: the allocator lowers layers at once.
    package var isOverused: Bool
    /// Delay that our own bursts do not explain, in milliseconds.
    package var residualDelay: Double
    /// Mean loss, 0 to 1.
    package var loss: Double

    package init(
        estimate: Bitrate, limit: Limit, pacing: Bitrate, ceiling: Bitrate?, isOverused: Bool, residualDelay: Double,
        loss: Double
    ) {
        self.estimate = estimate
        self.limit = limit
        self.pacing = pacing
        self.ceiling = ceiling
        self.isOverused = isOverused
        self.residualDelay = residualDelay
        self.loss = loss
    }
}
