import Forwarding
import Primitives
import Testing

@Suite struct FrameHoldTests {
    private let start = MonotonicInstant.zero + .seconds(1)
    private let longest = Duration.milliseconds(2)

    @Test func aPictureWaitsForItsLastPacketAndNoLongerThanTold() {
        var hold = FrameHold()
        #expect(hold.deadline(longest: longest, now: start) == nil)
        hold.note(isLast: false, at: start)
        hold.note(isLast: false, at: start + .milliseconds(1))
        #expect(hold.deadline(longest: longest, now: start + .milliseconds(1)) == start + longest)
        #expect(hold.deadline(longest: longest, now: start + longest) == nil)
        #expect(hold.deadline(longest: .zero, now: start) == nil)
        hold.note(isLast: true, at: start + .milliseconds(1))
        #expect(hold.deadline(longest: longest, now: start + .milliseconds(1)) == nil)
        hold.release()
        hold.note(isLast: false, at: start + .milliseconds(9))
        #expect(hold.deadline(longest: longest, now: start + .milliseconds(9)) == start + .milliseconds(11))
    }

    @Test func manyPacketsAreNotWaitedFor() {
        var hold = FrameHold()
        for _ in 1..<FrameHold.maximumPackets { hold.note(isLast: false, at: start) }
        #expect(hold.deadline(longest: longest, now: start) != nil)
        hold.note(isLast: false, at: start)
        #expect(hold.deadline(longest: longest, now: start) == nil)
    }
}
