import CongestionBed
import CongestionControl
import Primitives
import Testing

/// Peers whose feedback lies.
@Suite struct TrustTests {
    @Test func anEnormousREMBRaisesNothing() {
        var sender = ConstantSender()
        sender.send(for: 3_000, interval: 10) { _ in 50 }
        let before = sender.estimate
        sender.estimator.remb(Bitrate(bitsPerSecond: .max), now: at(sender.now))
        #expect(sender.estimate == before)
        sender.estimator.remb(.kilobits(300), now: at(sender.now))
        #expect(sender.estimate == 0.3)
        #expect(sender.estimator.target(now: at(sender.now)).limit == .remb)
        sender.estimator.remb(Bitrate(bitsPerSecond: .min), now: at(sender.now))
        #expect(sender.estimate == 0.03)
    }

    @Test func noMoreThanHalfAgainOfTheAcknowledgedMayBeSent() throws {
        var sender = ConstantSender()
        sender.send(for: 5_000, interval: 10) { _ in 50 }
        let ceiling = try #require(sender.estimator.target(now: at(sender.now)).ceiling)
        #expect(abs(Double(ceiling.bitsPerSecond) / 1e6 - 0.96 * 1.5) < 0.05)
    }

    @Test func aClockAtAnImpossiblePaceSaysNothing() {
        var sender = ConstantSender()
        // Arrival times that race: the delay seems to fall for ever, then to rise for ever.
        sender.send(for: 12_000, interval: 10) { 50 - 0.5 * $0 }
        #expect(!sender.estimator.isClockTrusted)
        sender.send(for: 12_000, interval: 10) { -5_000 + 0.5 * $0 }
        #expect(!sender.estimator.isClockTrusted)
        #expect(sender.estimate < 0.96 * 1.5 + 0.05)
        sender.send(for: 12_000, interval: 10) { _ in 3_000 }
        sender.send(for: 12_000, interval: 10) { _ in 3_000 }
        #expect(sender.estimator.isClockTrusted)
    }

    @Test func whoAcknowledgesWhatWasNeverSentGetsTheLeast() {
        var sender = ConstantSender()
        sender.send(for: 3_000, interval: 10) { _ in 50 }
        sender.estimator.falselyAcknowledged()
        #expect(sender.estimate > 0.5)
        sender.estimator.falselyAcknowledged()
        #expect(sender.estimate == 0.03)
        let answer10 = sender.estimator.nextProbe(now: at(sender.now))
        #expect(answer10 == nil)
    }

    @Test func aFloodOfFeedbackIsNotRead() {
        var trust = FeedbackTrust()
        let read = (0..<1_000).filter { trust.admits(now: at(Double($0))) }.count
        #expect(read == FeedbackTrust.feedbacksPerSecond)
        let answer11 = trust.admits(now: at(1_000))
        #expect(answer11)
    }

    @Test func whoHidesLossIsFoundByTheNumbersLeftOutAndChangesNoOther() {
        func run(lies: Bool) -> (first: MediaFlow, other: MediaFlow) {
            let bed = CongestionTestBed(
                links: (0..<4).map {
                    BottleneckLink(
                        capacity: CapacitySchedule([(0, $0 % 2 == 0 ? 2 : 100)]), loss: 0.05, seed: UInt64($0))
                }, seed: 1)
            let first = bed.add(MediaSource(.following(150...6_000)), end: 30)
            let other = bed.add(MediaSource(.following(150...6_000)), end: 30, route: [2], back: [3])
            for flow in [first, other] { flow.omission = 500 }
            first.lies = lies
            bed.run(until: 30)
            return (first, other)
        }
        let (honest, lying) = (run(lies: false), run(lies: true))
        // An honest receiver reports what was left out as lost, and nothing follows from it.
        #expect(honest.first.mean(\.estimate, 10, 30) > 1)
        #expect(lying.first.mean(\.estimate, 10, 30) < 0.031)
        #expect(lying.other.samples.map(\.estimate) == honest.other.samples.map(\.estimate))
    }

    @Test func noResultTraps() {
        var generator = SeededGenerator(seed: 1)
        let times: [Int64] = [.min, -1, 0, 1, 1_000_000, 5_000_000_000, .max / 2, .max]
        for _ in 0..<50 {
            var estimator = BandwidthEstimator()
            for step in 0..<40 {
                let batch = FeedbackBatch()
                for _ in 0..<20 {
                    let time = times.randomElement(using: &generator) ?? 0
                    let arrival: MonotonicInstant? =
                        Bool.random(using: &generator)
                        ? MonotonicInstant(
                            nanoseconds: time &+ Int64.random(in: 0...1_000_000_000, using: &generator)) : nil
                    batch.append(
                        PacketResult(
                            sequence: .random(in: .min ... .max, using: &generator),
                            sentAt: at(Double(step) * 50 - Double.random(in: 0..<2_000, using: &generator)),
                            arrival: arrival, octets: .random(in: 0...70_000, using: &generator), kind: .video,
                            cluster: .random(in: 0...31, using: &generator)))
                }
                estimator.feedback(batch, now: at(Double(step) * 50))
                estimator.timeout(now: at(Double(step) * 50))
                _ = estimator.nextProbe(now: at(Double(step) * 50))
                let estimate = estimator.target(now: at(Double(step) * 50)).estimate
                #expect(estimate >= estimator.settings.least && estimate <= estimator.settings.most)
            }
        }
    }
}
