import Forwarding
import Primitives
import Testing

/// How far a publisher's largest encoding is limited by the room of its viewers.
struct EncodingLimitTests {
    private var limit = EncodingLimit()
    private var encoding = EncodingIndex(2)
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)

    /// Calls it each second; the limits that were told, in kbit/s, `nil` for none.
    private mutating func run(seconds: Int, room: Int64?, rate: Int64 = 1_700, below: Int64? = 500) -> [Int64?] {
        var told: [Int64?] = []
        for _ in 0..<seconds {
            now = now + .seconds(1)
            let sent = limit.value.map { min($0.bitsPerSecond / 1_000, rate) } ?? rate
            if limit.update(
                encoding, room: room.map { .kilobits($0) }, rate: .kilobits(sent), below: below.map { .kilobits($0) },
                now: now)
            {
                told.append(limit.value.map { $0.bitsPerSecond / 1_000 })
            }
        }
        return told
    }

    @Test mutating func itFollowsTheRoomDownAfterFiveSeconds() {
        #expect(run(seconds: 5, room: 900) == [])
        #expect(run(seconds: 1, room: 900) == [900])
        #expect(run(seconds: 60, room: 850) == [], "a small difference is not told")
    }

    @Test mutating func aMomentOfCongestionIsNotTold() {
        for _ in 0..<10 {
            #expect(run(seconds: 4, room: 300) == [])
            #expect(run(seconds: 1, room: 1_600) == [])
        }
    }

    @Test mutating func theMostThatThereWasMeanwhileDecides() {
        #expect(run(seconds: 2, room: 1_200) + run(seconds: 5, room: 800) == [1_200])
    }

    @Test mutating func itRisesAtOnceInStepsAndEnds() {
        _ = run(seconds: 6, room: 800)
        #expect(run(seconds: 1, room: 1_000) == [1_000])
        #expect(run(seconds: 5, room: 5_000) == [1_500, nil])
        #expect(run(seconds: 60, room: 5_000) == [])
        _ = run(seconds: 6, room: 800)
        #expect(run(seconds: 5, room: nil) == [1_200, nil], "somebody came of whom nothing is known")
    }

    @Test mutating func theLargestStaysAboveTheNextSmaller() {
        #expect(run(seconds: 10, room: 400) == [750])
        #expect(run(seconds: 10, room: 0, below: nil) == [100])
    }

    @Test mutating func whatIsSmallerThanTheRoomHasNoLimit() {
        #expect(run(seconds: 30, room: 1_700) == [])
        #expect(run(seconds: 30, room: 600, rate: 400, below: nil) == [])
    }

    @Test mutating func anotherEncodingBeginsWithoutALimit() {
        #expect(run(seconds: 6, room: 800) == [800])
        encoding = EncodingIndex(1)
        #expect(run(seconds: 10, room: 800, rate: 500, below: 150) == [nil])
        encoding = EncodingIndex(2)
        #expect(run(seconds: 6, room: 800) == [800])
    }

    @Test mutating func nothingIsLimitedBeforeItIsMeasured() {
        for _ in 0..<20 {
            now = now + .seconds(1)
            let isTold = limit.update(encoding, room: .kilobits(100), rate: nil, below: nil, now: now)
            #expect(!isTold && limit.value == nil)
        }
    }
}
