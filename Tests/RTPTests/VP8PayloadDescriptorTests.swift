import RTP
import Testing

struct VP8PayloadDescriptorTests {
    @Test func everyFieldIsReadWithItsPlace() throws {
        // X N S, PID 0; I L T K; 15-bit picture ID 0x1234; TL0PICIDX 0x56; TID 2, Y, KEYIDX 7; keyframe 640x360.
        let payload = try octets("b0 f0 9234 56 a7 100000 9d012a 8002 6801")
        let vp8 = try VP8PayloadDescriptor(parsing: payload.span)
        #expect(vp8.count == 6)
        #expect(vp8.isNonReference)
        #expect(vp8.isFrameStart)
        #expect(vp8.pictureID?.value == 0x1234)
        #expect(vp8.pictureID?.width == .fifteenBits)
        #expect(vp8.pictureID?.offset == 2)
        #expect(vp8.tl0PictureIndex == LocatedOctet(value: 0x56, offset: 4))
        #expect(vp8.temporalLayer == 2)
        #expect(vp8.isLayerSync)
        #expect(vp8.keyIndex == LocatedOctet(value: 7, offset: 5))
        #expect(vp8.isKeyframeStart)
        #expect(vp8.size == PictureSize(width: 640, height: 360))
    }

    @Test func sevenBitPictureIDIsRead() throws {
        let payload = try octets("90 80 7f 01")
        let vp8 = try VP8PayloadDescriptor(parsing: payload.span)
        #expect(vp8.pictureID?.value == 127)
        #expect(vp8.pictureID?.width == .sevenBits)
        #expect(vp8.count == 3)
        #expect(!vp8.isKeyframeStart)
    }

    @Test func absentFieldsAreNotMadeUp() throws {
        // T without K, then K without T: one octet either way.
        let temporal = try octets("90 20 ff 01")
        let index = try octets("90 10 ff 01")
        let layered = try VP8PayloadDescriptor(parsing: temporal.span)
        #expect(layered.temporalLayer == 3)
        #expect(layered.keyIndex == nil)
        let indexed = try VP8PayloadDescriptor(parsing: index.span)
        #expect(indexed.temporalLayer == nil)
        #expect(!indexed.isLayerSync)
        #expect(indexed.keyIndex == LocatedOctet(value: 31, offset: 2))
        #expect(indexed.pictureID == nil)
        #expect(indexed.tl0PictureIndex == nil)
    }

    @Test func onlyTheFirstPartitionsStartIsAKeyframeStart() throws {
        // The same payload octet: P is 0. Not a start; the start of partition 1; the start of partition 0.
        for (first, isStart) in [("00", false), ("11", false), ("10", true)] {
            let payload = try octets(first + "00")
            let vp8 = try VP8PayloadDescriptor(parsing: payload.span)
            #expect(vp8.isKeyframeStart == isStart)
        }
    }

    @Test func keyframeWithoutStartCodeHasNoSize() throws {
        let payload = try octets("10 100000 9d012b 8002 6801")
        let vp8 = try VP8PayloadDescriptor(parsing: payload.span)
        #expect(vp8.isKeyframeStart)
        #expect(vp8.size == nil)
    }

    @Test func scalingBitsAreNotPartOfTheSize() throws {
        let payload = try octets("10 100000 9d012a 80c2 6841")
        let vp8 = try VP8PayloadDescriptor(parsing: payload.span)
        #expect(vp8.size == PictureSize(width: 640, height: 360))
    }

    @Test(arguments: [
        ("10", 2), ("90", 2), ("9080", 3), ("908080", 4), ("90808001", 5), ("9040", 3), ("904001", 4), ("9020", 3),
    ]) func truncatedDescriptorIsRefused(_ hexadecimal: String, _ needed: Int) throws {
        let payload = try octets(hexadecimal)
        #expect(throws: PayloadError.truncated(needed: needed, available: payload.count)) {
            try VP8PayloadDescriptor(parsing: payload.span)
        }
    }
}
