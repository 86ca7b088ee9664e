import Primitives
import Testing

@testable import Transport

@Suite struct ArrivalRecorderTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func aReportIsDueFiftyMillisecondsAfterTheFirstPacket() throws {
        var recorder = ArrivalRecorder()
        #expect(recorder.nextTimeout == nil)
        recorder.note(7, arrival: at(100))
        recorder.note(8, arrival: at(120))
        #expect(recorder.nextTimeout == at(150))
        let arrivals = recorder.take()
        #expect(arrivals == .init(base: 7, times: [at(100), at(120)]))
        #expect(recorder.nextTimeout == nil)
        recorder.note(9, arrival: at(200))
        #expect(recorder.nextTimeout == at(250))
    }

    @Test func manyPacketsAreReportedAtOnce() {
        var recorder = ArrivalRecorder()
        for number in 0..<UInt16(ArrivalRecorder.packetsPerReport) { recorder.note(number, arrival: at(1)) }
        #expect(recorder.nextTimeout == at(1))
    }

    @Test func whatIsMissingIsToldAlsoOverTheWrapAndBetweenReports() {
        var recorder = ArrivalRecorder()
        recorder.note(65_534, arrival: at(1))
        recorder.note(1, arrival: at(2))
        let first = recorder.take()
        #expect(first == .init(base: 65_534, times: [at(1), nil, nil, at(2)]))
        recorder.note(4, arrival: at(3))
        let second = recorder.take()
        #expect(second == .init(base: 2, times: [nil, nil, at(3)]))
    }

    @Test func aLatePacketIsStillTold() {
        var recorder = ArrivalRecorder()
        for number in [10, 12] as [UInt16] { recorder.note(number, arrival: at(1)) }
        _ = recorder.take()
        recorder.note(11, arrival: at(60))
        recorder.note(13, arrival: at(61))
        let report = recorder.take()
        #expect(report == .init(base: 11, times: [at(60), nil, at(61)]))
    }

    @Test func aDoubledPacketIsToldOnce() {
        var recorder = ArrivalRecorder()
        recorder.note(10, arrival: at(1))
        recorder.note(10, arrival: at(2))
        let report = recorder.take()
        #expect(report == .init(base: 10, times: [at(1)]))
        let nothing = recorder.take()
        #expect(nothing == nil)
    }

    @Test func aJumpBeginsAnew() {
        var recorder = ArrivalRecorder()
        recorder.note(10, arrival: at(1))
        recorder.note(5_000, arrival: at(2))
        let report = recorder.take()
        #expect(report == .init(base: 5_000, times: [at(2)]))
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noOrderOfNumbersMakesItGrow(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var recorder = ArrivalRecorder()
        for round in 0..<20_000 {
            recorder.note(UInt16.random(in: .min ... .max, using: &generator), arrival: at(Int64(round)))
            if round.isMultiple(of: 97), let report = recorder.take() {
                #expect(report.times.count <= ArrivalRecorder.maximumSpan)
                #expect(report.times.first.map { $0 != nil } ?? true || report.times.contains { $0 != nil })
            }
        }
    }
}
