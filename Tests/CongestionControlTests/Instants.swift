import CongestionControl
import Primitives

/// An instant in milliseconds.
func at(_ milliseconds: Double) -> MonotonicInstant { .zero + .nanoseconds(Int64(milliseconds * 1e6)) }

extension PacketResult {
    /// A packet of 1,200 octets on the path.
    static func packet(
        _ sequence: Int64, sent: Double, arrived: Double?, octets: Int = 1_200, cluster: UInt8 = 0
    ) -> PacketResult {
        PacketResult(
            sequence: sequence, sentAt: at(sent), arrival: arrived.map { at($0) }, octets: octets, kind: .video,
            cluster: cluster)
    }
}

/// Feeds an estimator as a constant sender over a path would, one packet per interval and a feedback each 50 ms.
struct ConstantSender {
    var estimator = BandwidthEstimator()
    var sequence: Int64 = 0
    /// In milliseconds.
    var now = 0.0
    private let batch = FeedbackBatch()

    /// - Parameters:
    ///   - interval: between packets of 1,200 octets, in milliseconds.
    ///   - delay: on the way by the time of sending, in milliseconds; `nil` loses the packet.
    mutating func send(for milliseconds: Double, interval: Double, delay: (Double) -> Double?) {
        let end = now + milliseconds
        var next = now + 50
        while now < end {
            estimator.sent(octets: 1_200, packets: 1, now: at(now))
            batch.append(.packet(sequence, sent: now, arrived: delay(now).map { now + $0 }))
            sequence += 1
            now += interval
            if now >= next {
                next += 50
                estimator.feedback(batch, now: at(now + 50))
                batch.removeAll()
            }
        }
    }

    var estimate: Double { Double(estimator.target(now: at(now)).estimate.bitsPerSecond) / 1e6 }
}
