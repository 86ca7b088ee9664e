import CongestionControl
import Primitives
import Testing

@Suite struct BandwidthEstimatorTests {
    @Test func aViewerTakesLessThan4KiB() {
        #expect(MemoryLayout<BandwidthEstimator>.size < 4_096)
    }

    @Test func beforeAnyFeedbackTheStartDecides() {
        let estimator = BandwidthEstimator()
        let target = estimator.target(now: at(0))
        #expect(target.estimate == estimator.settings.start && target.limit == .start && target.ceiling == nil)
        #expect(target.pacing == Bitrate(bitsPerSecond: 1_500_000))
    }

    @Test func whatTheSlotsCouldUseLimits() {
        var estimator = BandwidthEstimator()
        estimator.allocated(.kilobits(200))
        let target = estimator.target(now: at(0))
        #expect(target.estimate == .kilobits(260) && target.limit == .demand)
    }

    @Test func missingFeedbackLowersAndItsReturnRestores() throws {
        var sender = ConstantSender()
        sender.send(for: 3_000, interval: 10) { _ in 50 }
        let before = sender.estimate
        var time = sender.now
        for _ in 0..<100 {
            time += 50
            sender.estimator.sent(octets: 1_200, packets: 1, now: at(time))
            sender.estimator.timeout(now: at(time))
        }
        #expect(sender.estimator.target(now: at(time)).limit == .silence)
        #expect(Double(sender.estimator.target(now: at(time)).estimate.bitsPerSecond) / 1e6 < before / 10)
        sender.now = time
        sender.send(for: 200, interval: 10) { _ in 50 }
        #expect(sender.estimator.target(now: at(sender.now)).limit == .delay)
        // The first probe asks for what there was.
        let cluster = sender.estimator.nextProbe(now: at(sender.now))
        let probe = try #require(cluster)
        #expect(abs(Double(probe.rate.bitsPerSecond) / 1e6 - before) < 0.01)
    }

    @Test func receiverReportsServeWhereThereIsNoTransportWideFeedback() {
        var estimator = BandwidthEstimator()
        for second in 1..<5 {
            estimator.receiverReport(
                loss: 0.3, upstreamLoss: 0, roundTrip: .milliseconds(50), now: at(Double(second) * 1_000))
        }
        let target = estimator.target(now: at(5_000))
        #expect(target.estimate < .kilobits(700) && target.limit == .reports)
    }
}
