import CongestionControl
import Primitives
import Testing

@Suite struct DelayTests {
    @Test func aBurstExplainsItsOwnDelay() {
        var queue = SelfQueue()
        // 10 packets of 1,250 octets at once, at 1.08 Mbit/s of drain: 10 kbit each.
        var explained = 0.0
        for _ in 0..<10 { explained = queue.add(octets: 1_250, sentAt: at(1_000), estimate: 1e6) }
        #expect(abs(explained - 100 / SelfQueue.drain) < 0.01)
        let answer12 = queue.add(octets: 1_250, sentAt: at(1_200), estimate: 1e6)
        #expect(answer12 < 10)
    }

    @Test func aRateThatIsTooHighIsNoBurst() {
        var queue = SelfQueue()
        // Half as much again as the estimate, evenly: the virtual queue never empties, so it explains ever less.
        var explained = 0.0
        var time = 0.0
        while time < 4_000 {
            explained = queue.add(octets: 1_250, sentAt: at(time), estimate: 1e6)
            time += 10 / 1.5
        }
        #expect(explained < 30)
    }

    @Test func theLeastDelayForgetsAfterHalfAMinute() {
        var least = LeastDelay()
        least.note(milliseconds: 20, now: at(0))
        for second in 1..<29 { least.note(milliseconds: 90, now: at(Double(second) * 1_000)) }
        #expect(least.value == 20)
        for second in 29..<64 { least.note(milliseconds: 90, now: at(Double(second) * 1_000)) }
        #expect(least.value == 90)
    }

    @Test func aSlopeBecomesATrend() throws {
        var line = TrendlineEstimator()
        var trend: Double?
        for group in 0..<200 {
            // 1 ms of delay more per 20 ms.
            trend = line.add(delay: Double(group), arrival: Double(group) * 20)
        }
        // 60 groups x 4 x 0.05
        #expect(abs(try #require(trend) - 12) < 0.1)
    }

    @Test func theThresholdFollowsNoiseAndNoJump() {
        var detector = OveruseDetector()
        for _ in 0..<200 { _ = detector.update(trend: 0, elapsed: 33) }
        #expect(detector.threshold == OveruseDetector.thresholds.lowerBound)
        let answer13 = detector.update(trend: 100, elapsed: 33)
        #expect(answer13 == .normal)
        let answer14 = detector.update(trend: 110, elapsed: 33)
        #expect(answer14 == .overuse)
        #expect(detector.threshold == OveruseDetector.thresholds.lowerBound)
        let answer15 = detector.update(trend: -20, elapsed: 33)
        #expect(answer15 == .underuse)
    }

    @Test func aQueueThatDoesNotLeaveIsAnothersOnlyWhereItOverflows() {
        var queue = StandingQueue()
        for step in 0..<120 { queue.note(residual: 120, now: at(Double(step) * 50)) }
        #expect(!queue.isCompeting)
        queue.noteLoss(now: at(5_960))
        queue.note(residual: 120, now: at(6_000))
        #expect(queue.isCompeting)
        queue.note(residual: 3, now: at(6_001))
        #expect(!queue.isCompeting)
    }

    @Test func aQueueThatStandsForTenSecondsIsTakenForOursForTwo() {
        var queue = StandingQueue()
        var competing: [Double] = []
        for step in 0..<1_000 {
            let time = Double(step) * 50
            queue.noteLoss(now: at(time))
            queue.note(residual: 120, now: at(time))
            if queue.isCompeting { competing.append(time) }
        }
        let share = Double(competing.count) / 1_000
        #expect(share > 0.7 && share < 0.85)
    }
}
