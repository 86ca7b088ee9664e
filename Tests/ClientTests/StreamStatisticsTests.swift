import Client
import Primitives
import Testing

@Suite struct StreamStatisticsTests {
    private func note(_ statistics: inout StreamStatistics, _ sequence: UInt16, _ milliseconds: Int64) {
        _ = statistics.noteArrival(
            sequence: sequence, timestamp: UInt32(truncatingIfNeeded: milliseconds * 90), octets: 100,
            arrival: MonotonicInstant(nanoseconds: milliseconds * 1_000_000))
    }

    @Test func lossIsWhatIsExpectedLessWhatCame() {
        var statistics = StreamStatistics(clockRate: 90_000)
        for (index, sequence) in [65_534, 65_535, 1, 2, 5].enumerated() {
            note(&statistics, UInt16(sequence), Int64(index))
        }
        #expect(statistics.packets == 5 && statistics.expected == 8 && statistics.lost == 3)
        #expect(statistics.octets == 500)
        let report = statistics.takeReport()
        #expect(report?.cumulativeLost == 3)
        #expect(report?.fractionLost == 96)
        #expect(report?.extendedHighestSequence == 65_541)
        note(&statistics, 6, 6)
        let second = statistics.takeReport()
        #expect(second?.fractionLost == 0 && second?.cumulativeLost == 3)
    }

    @Test func aSteadyStreamHasNoJitterAndAnUnsteadyOneHas() {
        var steady = StreamStatistics(clockRate: 90_000)
        var unsteady = StreamStatistics(clockRate: 90_000)
        for number in 0..<200 as Range<Int64> {
            note(&steady, UInt16(number), number * 20)
            _ = unsteady.noteArrival(
                sequence: UInt16(number), timestamp: UInt32(number * 20 * 90), octets: 1,
                arrival: MonotonicInstant(nanoseconds: (number * 20 + (number.isMultiple(of: 2) ? 10 : 0)) * 1_000_000))
        }
        let reports = [steady.takeReport(), unsteady.takeReport()]
        #expect(reports[0]?.jitter == 0)
        // Every packet is 10 ms off: 900 ticks.
        #expect((850...900).contains(reports[1]?.jitter ?? 0))
    }

    @Test func nothingIsReportedBeforeTheFirstPacket() {
        var statistics = StreamStatistics(clockRate: 48_000)
        let report = statistics.takeReport()
        #expect(report == nil && statistics.lost == 0)
    }
}
