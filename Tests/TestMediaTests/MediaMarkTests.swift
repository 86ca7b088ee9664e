import TestMedia
import Testing

struct MediaMarkTests {
    private let mark = MediaMark(
        source: 0xDEAD_BEEF, packet: .max, frame: 12, packetsInFrame: 700, sentAtNanoseconds: 1_234_567_890_123_456_789)

    @Test func aMarkIsReadAsItWasWritten() {
        #expect(mark.octets.count == MediaMark.count)
        let payload = [1, 2, 3] + mark.octets
        #expect(MediaMark(endOf: payload.span) == mark)
    }

    @Test func anyChangedOctetUndoesIt() {
        for index in 0..<MediaMark.count {
            var octets = mark.octets
            octets[index] ^= 0x10
            #expect(MediaMark(endOf: octets.span) == nil)
        }
    }

    @Test func aShortPayloadHasNone() {
        let octets = Array(mark.octets.dropFirst())
        #expect(MediaMark(endOf: octets.span) == nil)
    }
}
