import CongestionControl
import Primitives
import Testing

@Suite struct LossTests {
    @Test func aPacketThatComesWithin100MillisecondsIsNotLost() {
        var losses = PendingLosses()
        let answer16 = losses.add(sequence: 1, octets: 500, now: at(0))
        #expect(answer16 == 0)
        let answer17 = losses.add(sequence: 2, octets: 600, now: at(10))
        #expect(answer17 == 0)
        losses.remove(sequence: 1)
        let answer18 = losses.nextLost(now: at(90))
        #expect(answer18 == nil)
        let answer19 = losses.nextLost(now: at(111))
        #expect(answer19 == 600)
        #expect(losses.isEmpty)
    }

    @Test func ofTooManyPendingTheOldestIsLost() {
        var losses = PendingLosses()
        for sequence in 0..<Int64(PendingLosses.capacity) {
            let answer20 = losses.add(sequence: sequence, octets: 100 + Int(sequence), now: at(0))
            #expect(answer20 == 0)
        }
        let answer21 = losses.add(sequence: 99, octets: 1, now: at(0))
        #expect(answer21 == 100)
    }

    /// Sends at a rate with a loss and looks at the estimate after each observation.
    private func run(
        _ estimate: inout LossBasedEstimate, from: Double, to: Double, rate: Double, loss: Double, delay: Double = 4e6
    ) {
        var generator = SeededGenerator(seed: 7)
        var time = from
        while time < to {
            let isLost = Double.random(in: 0..<1, using: &generator) < loss
            if estimate.add(octets: 1_200, lost: isLost ? 1_200 : 0, sentAt: at(time)) {
                estimate.update(
                    delayEstimate: delay, acknowledged: rate * (1 - loss), isApplicationLimited: false, now: at(time))
            }
            time += 9_600_000 / rate
        }
    }

    @Test func withoutLossTheDelayDecides() {
        var estimate = LossBasedEstimate()
        run(&estimate, from: 0, to: 3_000, rate: 1e6, loss: 0)
        #expect(estimate.state == .delay && estimate.estimate == 4e6)
    }

    @Test func heavyLossHoldsTheRateDownAndItsEndLetsItRise() {
        var estimate = LossBasedEstimate()
        run(&estimate, from: 0, to: 10_000, rate: 2e6, loss: 0.3, delay: 2e6)
        #expect(estimate.estimate < 1.7e6)
        #expect(estimate.state != .delay)
        let held = estimate.estimate
        run(&estimate, from: 10_000, to: 16_000, rate: 2e6, loss: 0, delay: 2e6)
        #expect(estimate.estimate > held)
        #expect(estimate.meanLoss < 0.02)
    }

    @Test func aLittleRandomLossIsThePaths() {
        var estimate = LossBasedEstimate()
        run(&estimate, from: 0, to: 20_000, rate: 2e6, loss: 0.03, delay: 2.2e6)
        #expect(estimate.estimate > 1.9e6)
    }

    @Test func receiverReportsLowerOnceAndRiseWithTheirOwnLossAlone() {
        var fallback = ReportFallback(start: 1e6)
        // The publisher lost what the viewer misses.
        fallback.report(loss: 0.2, upstreamLoss: 0.2, sending: 1e6, roundTrip: .milliseconds(50), now: at(0))
        #expect(fallback.estimate > 1e6)
        let before = fallback.estimate
        fallback.report(loss: 0.2, upstreamLoss: 0, sending: 1e6, roundTrip: .milliseconds(50), now: at(1_000))
        #expect(abs(fallback.estimate - before * 0.9) < 1)
        fallback.report(loss: 0.2, upstreamLoss: 0, sending: 1e6, roundTrip: .milliseconds(50), now: at(1_100))
        #expect(abs(fallback.estimate - before * 0.9) < 1)
    }
}
