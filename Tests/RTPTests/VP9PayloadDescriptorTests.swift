import RTP
import Testing

struct VP9PayloadDescriptorTests {
    @Test func flexibleModeIsReadWithItsPlaces() throws {
        // I P L F B E Z; picture ID 0x1234; TID 2, U, SID 1, D; P_DIFF 5 and 64.
        let payload = try octets("fd 9234 53 0b80 00")
        let vp9 = try VP9PayloadDescriptor(parsing: payload.span)
        #expect(vp9.count == 6)
        #expect(vp9.pictureID?.value == 0x1234)
        #expect(vp9.pictureID?.offset == 1)
        #expect(vp9.isInterPicturePredicted)
        #expect(vp9.isFlexibleMode)
        #expect(vp9.isFrameStart)
        #expect(vp9.isFrameEnd)
        #expect(vp9.isNotInterLayerReference)
        #expect(vp9.layers?.temporal == 2)
        #expect(vp9.layers?.spatial == 1)
        #expect(vp9.layers?.isSwitchingUpPoint == true)
        #expect(vp9.layers?.isInterLayerPredicted == true)
        #expect(vp9.tl0PictureIndex == nil)
        #expect(vp9.referenceCount == 2)
        #expect(vp9.referenceDistance(at: 0, in: payload.span) == 5)
        #expect(vp9.referenceDistance(at: 1, in: payload.span) == 64)
        #expect(vp9.referenceDistance(at: 2, in: payload.span) == nil)
        #expect(!vp9.isKeyframeStart)
    }

    @Test func nonFlexibleModeHasTL0PICIDX() throws {
        let payload = try octets("a8 7f 00 2a 00")
        let vp9 = try VP9PayloadDescriptor(parsing: payload.span)
        #expect(vp9.pictureID?.width == .sevenBits)
        #expect(vp9.tl0PictureIndex == LocatedOctet(value: 42, offset: 3))
        #expect(vp9.count == 4)
        #expect(vp9.isKeyframeStart)
    }

    @Test func scalabilityStructureIsRead() throws {
        // N_S 1 (two layers), Y, G; 320x180 and 640x360; two pictures: no reference, then two.
        let payload = try octets("0a 38 0140 00b4 0280 0168 02 00 08 01 02 00")
        let vp9 = try VP9PayloadDescriptor(parsing: payload.span)
        let structure = try #require(vp9.scalabilityStructure)
        #expect(structure.spatialLayerCount == 2)
        #expect(structure.pictureGroupCount == 2)
        #expect(structure.size(ofLayer: 0, in: payload.span) == PictureSize(width: 320, height: 180))
        #expect(structure.size(ofLayer: 1, in: payload.span) == PictureSize(width: 640, height: 360))
        #expect(structure.size(ofLayer: 2, in: payload.span) == nil)
        #expect(structure.size(ofLayer: -1, in: payload.span) == nil)
        #expect(vp9.count == 15)
    }

    @Test func upperSpatialLayerIsNoKeyframeStart() throws {
        // Not predicted from earlier pictures, but from the layer below: as in L3T3_KEY.
        let payload = try octets("b8 01 03 00")
        #expect(try !VP9PayloadDescriptor(parsing: payload.span).isKeyframeStart)
    }

    @Test func fourthReferenceIsRefused() throws {
        let payload = try octets("d0 01 03 03 03 03 00")
        #expect(throws: PayloadError.tooMany(limit: VP9PayloadDescriptor.maximumReferences)) {
            try VP9PayloadDescriptor(parsing: payload.span)
        }
    }

    @Test(arguments: [
        ("08", 2), ("80", 2), ("8080", 3), ("20", 2), ("2000", 3), ("50", 2), ("02", 2), ("02f0", 34), ("0208", 3),
        ("020801", 4), ("0208010c", 7),
    ]) func truncatedDescriptorIsRefused(_ hexadecimal: String, _ needed: Int) throws {
        let payload = try octets(hexadecimal)
        #expect(throws: PayloadError.truncated(needed: needed, available: payload.count)) {
            try VP9PayloadDescriptor(parsing: payload.span)
        }
    }
}
