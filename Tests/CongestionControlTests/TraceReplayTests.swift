import CongestionBed
import CongestionControl
import TestSupport
import Testing

/// What the server recorded of a real browser, run again: Chromium behind 1.5 Mbit/s, then 0.6 Mbit/s, 60 ms, 18 s, on a machine
/// with too much to do.
///
/// That a recording gives exactly the same is held by `TraceTests` in virtual time. This one is older than the estimator may be: what is
/// decided now need not be what was decided then, but it has to be near it, and near what the link carried.
@Suite struct TraceReplayTests {
    private let replay: TraceReplay

    init() throws { replay = try TraceReplay(Fixture.text("traces/chromium-1500-600.trace")) }

    private func median(_ values: [Double]) throws -> Double {
        let sorted = values.sorted()
        return try #require(sorted.isEmpty ? nil : sorted[sorted.count / 2])
    }

    @Test func aRealTraceIsReadWhole() throws {
        #expect(replay.packets == 1_719 && replay.lost == 43 && replay.compared == 416)
        #expect(abs(try #require(replay.samples.last).at - 17.9) < 0.1)
    }

    @Test func itIsEstimatedAsItWas() throws {
        let apart = replay.samples.map { abs($0.estimate - $0.recorded) / $0.recorded }
        #expect(try median(apart) < 0.25)
    }

    @Test func estimatesAreNearWhatTheLinkCarried() throws {
        let wide = try median(replay.samples.filter { $0.at > 2 && $0.at < 5 }.map(\.estimate))
        let narrow = try median(replay.samples.filter { $0.at > 12 }.map(\.estimate))
        #expect(wide > 0.75 && wide < 1.5)
        #expect(narrow > 0.2 && narrow < 0.65)
    }
}
