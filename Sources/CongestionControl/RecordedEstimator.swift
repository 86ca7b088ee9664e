import Primitives

/// A `BandwidthEstimator` that has what it is given and what it decides written down, where there is a recorder. Without one it costs a
/// comparison per call. Its surface is that of `PathEstimator`; it is no `Sendable` one, because the recorder is confined to its worker.
package struct RecordedEstimator {
    private var estimator: BandwidthEstimator
    private let recorder: EstimatorRecorder?

    /// - Parameter recorder: `nil` to write nothing down.
    package init(_ settings: EstimatorSettings, recorder: EstimatorRecorder? = nil) {
        estimator = BandwidthEstimator(settings)
        self.recorder = recorder
    }

    package var acknowledgedRate: Double? { estimator.acknowledgedRate }
    package var nextTimeout: MonotonicInstant? { estimator.nextTimeout }
    package func target(now: MonotonicInstant) -> PathTarget { estimator.target(now: now) }
    /// As `BandwidthEstimator.currentTarget`.
    package mutating func currentTarget(now: MonotonicInstant) -> PathTarget { estimator.currentTarget(now: now) }

    private func noteDecision(now: MonotonicInstant) {
        recorder?.decided(estimator.target(now: now), acknowledged: estimator.acknowledgedRate, now: now)
    }

    package mutating func sent(octets: Int, packets: Int, now: MonotonicInstant) {
        estimator.sent(octets: octets, packets: packets, now: now)
        recorder?.sent(octets: octets, packets: packets, now: now)
    }

    package mutating func feedback(_ batch: FeedbackBatch, now: MonotonicInstant) {
        estimator.feedback(batch, now: now)
        guard let recorder else { return }
        recorder.feedback(batch, now: now)
        noteDecision(now: now)
    }

    package mutating func receiverReport(
        loss: Double, upstreamLoss: Double, roundTrip: Duration, now: MonotonicInstant
    ) {
        estimator.receiverReport(loss: loss, upstreamLoss: upstreamLoss, roundTrip: roundTrip, now: now)
        guard let recorder else { return }
        recorder.receiverReport(loss: loss, upstreamLoss: upstreamLoss, roundTrip: roundTrip, now: now)
        noteDecision(now: now)
    }

    package mutating func remb(_ rate: Bitrate, now: MonotonicInstant) {
        estimator.remb(rate, now: now)
        guard let recorder else { return }
        recorder.remb(rate, now: now)
        noteDecision(now: now)
    }

    package mutating func allocated(_ wanted: Bitrate) {
        estimator.allocated(wanted)
        recorder?.allocated(wanted)
    }

    package mutating func askForProbe(_ rate: Bitrate) {
        estimator.askForProbe(rate)
        recorder?.askForProbe(rate)
    }

    package mutating func falselyAcknowledged() {
        estimator.falselyAcknowledged()
        recorder?.falselyAcknowledged()
    }

    package mutating func timeout(now: MonotonicInstant) {
        estimator.timeout(now: now)
        guard let recorder else { return }
        recorder.timeout(now: now)
        noteDecision(now: now)
    }

    /// As `BandwidthEstimator.mayProbe`.
    package mutating func mayProbe(_ target: PathTarget) -> Bool { estimator.mayProbe(target) }

    package mutating func nextProbe(now: MonotonicInstant) -> ProbeCluster? {
        let cluster = estimator.nextProbe(now: now)
        recorder?.probe(cluster, now: now)
        return cluster
    }
}
