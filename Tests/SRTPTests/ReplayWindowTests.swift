import Primitives
import SRTP
import Testing

struct ReplayWindowTests {
    @Test func everyIndexIsTakenOnceAndOldOnesNever() {
        let span = UInt64(SRTPLimits.replayWindowPackets)
        var window = ReplayWindow(first: 5_000)
        #expect(window.refuses(5_000))
        #expect(!window.refuses(5_001))
        #expect(!window.refuses(5_000 - span + 1))
        #expect(window.refuses(5_000 - span))
        window.noteReceived(5_000 - span + 1)
        #expect(window.refuses(5_000 - span + 1))
        window.noteReceived(5_001)
        #expect(window.refuses(5_000) && window.refuses(5_000 - span + 1))
        #expect(!window.refuses(4_999))
    }

    @Test func aLeapForgetsWhatFellOut() {
        for leap: UInt64 in [1, 63, 64, 65, 1_022, 1_023, 1_024, 1_025, 1 << 40] {
            var window = ReplayWindow(first: 70_000)
            window.noteReceived(70_000 + leap)
            #expect(window.newest == 70_000 + leap)
            #expect(window.refuses(70_000))
            for skipped in (70_000 + leap - min(leap, 1_024) + 1)..<(70_000 + leap) {
                #expect(!window.refuses(skipped), "leap \(leap), index \(skipped)")
            }
        }
    }

    /// The window against a set of all that was seen.
    @Test(arguments: [1, 2, 3] as [UInt64]) func behavesAsASetOfIndices(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var window = ReplayWindow(first: 10_000)
        var seen: Set<UInt64> = [10_000]
        var newest: UInt64 = 10_000
        for _ in 0..<20_000 {
            let spread: ClosedRange<Int64> = Int.random(in: 0..<50, using: &generator) == 0 ? -1_100...1_500 : -80...40
            let index = UInt64(Int64(newest) + .random(in: spread, using: &generator))
            let expected = seen.contains(index) || index + 1_024 <= newest
            #expect(window.refuses(index) == expected)
            guard !expected else { continue }
            window.noteReceived(index)
            seen.insert(index)
            newest = max(newest, index)
            #expect(window.newest == newest)
        }
    }
}
