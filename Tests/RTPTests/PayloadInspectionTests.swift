import RTP
import Testing

struct PayloadInspectionTests {
    @Test func soundCanAlwaysBeginToBeDecoded() {
        let payload: [UInt8] = [0x78]
        for codec in [Codec.opus, .red] {
            let inspection = PayloadInspection(codec: codec, payload: payload.span)
            #expect(inspection.isKeyframeStart)
            #expect(inspection.isFrameStart)
            #expect(!inspection.isMalformed)
            #expect(inspection.descriptor == .none)
        }
    }

    @Test(arguments: Codec.allCases) func emptyPayloadIsNothingButNotMalformed(_ codec: Codec) {
        let payload: [UInt8] = []
        let inspection = PayloadInspection(codec: codec, payload: payload.span)
        #expect(!inspection.isKeyframeStart)
        #expect(!inspection.isFrameStart)
        #expect(!inspection.isMalformed)
    }

    @Test(arguments: [(Codec.vp8, "90"), (.vp9, "80"), (.h264, "7cc588"), (.av1, "9800")])
    func unreadablePayloadIsMarked(_ codec: Codec, _ hexadecimal: String) throws {
        let payload = try octets(hexadecimal)
        let inspection = PayloadInspection(codec: codec, payload: payload.span)
        #expect(inspection.isMalformed)
        #expect(!inspection.isKeyframeStart)
        #expect(inspection.descriptor == .none)
    }

    @Test(arguments: [(Codec.vp8, "b0f0923456a701"), (.vp9, "a89234432a00"), (.av1, "10346800")])
    func layersComeFromTheCodec(_ codec: Codec, _ hexadecimal: String) throws {
        let payload = try octets(hexadecimal)
        let inspection = PayloadInspection(codec: codec, payload: payload.span)
        #expect(inspection.temporalLayer == [.vp8: 2, .vp9: 2, .av1: 3][codec])
        #expect(inspection.spatialLayer == [.vp8: 0, .vp9: 1, .av1: 1][codec])
        #expect(inspection.isFrameStart)
        #expect((inspection.vp8 != nil) == (codec == .vp8))
        #expect((inspection.vp9 != nil) == (codec == .vp9))
        #expect((inspection.av1 != nil) == (codec == .av1))
        #expect(inspection.h264 == nil)
    }
}
