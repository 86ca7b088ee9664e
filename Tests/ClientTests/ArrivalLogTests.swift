import Client
import Primitives
import Testing

@Suite struct ArrivalLogTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func aReportTellsOfWhatCameAndWhatDidNot() throws {
        var log = ArrivalLog()
        #expect(log.nextTimeout == nil)
        log.noteArrival(of: 65_534, at: at(0))
        log.noteArrival(of: 65_535, at: at(5))
        log.noteArrival(of: 1, at: at(10))
        #expect(log.nextTimeout == at(100))
        let taken = log.takeArrivals()
        let report = try #require(taken)
        #expect(report.base == 65_534)
        #expect(report.times == [at(0), at(5), nil, at(10)])
        #expect(log.nextTimeout == nil)
        let empty = log.takeArrivals()
        #expect(empty == nil)
    }

    @Test func theNextReportBeginsWhereTheLastEnded() throws {
        var log = ArrivalLog()
        log.noteArrival(of: 10, at: at(0))
        _ = log.takeArrivals()
        log.noteArrival(of: 12, at: at(200))
        let taken = log.takeArrivals()
        let report = try #require(taken)
        #expect(report.base == 11)
        #expect(report.times == [nil, at(200)])
    }

    @Test func whatLiesFurtherBackThanAReportSpansIsNotTold() throws {
        var log = ArrivalLog()
        log.noteArrival(of: 10, at: at(0))
        log.noteArrival(of: 10 + UInt16(ArrivalLog.maximumSpan), at: at(1))
        let taken = log.takeArrivals()
        let report = try #require(taken)
        #expect(report.times == [at(1)])
    }

    @Test func aPacketBeforeTheReportIsLeftOut() throws {
        var log = ArrivalLog()
        log.noteArrival(of: 10, at: at(0))
        log.noteArrival(of: 9, at: at(1))
        let taken = log.takeArrivals()
        let report = try #require(taken)
        #expect(report.base == 10 && report.times == [at(0)])
    }
}
