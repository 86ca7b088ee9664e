import RTP
import TestMedia
import Testing

struct VP9PacketizerTests {
    @Test func aFrameIsCutAndCanBePutTogether() throws {
        let format = PictureFormat(width: 640, height: 360)
        var packetizer = VP9Packetizer(format: format, pictureID: 0x7FFF, tl0PictureIndex: 255)
        let octets = (0..<3_000).map { UInt8(truncatingIfNeeded: $0) }
        for isKeyframe in [true, false] {
            let payloads = packetizer.payloads(of: VPXFrame(octets: octets, isKeyframe: isKeyframe))
            #expect(payloads.count == 3)
            #expect(payloads.allSatisfy { $0.count <= VP9Packetizer.maximumPayload })
            var whole: [UInt8] = []
            for (index, payload) in payloads.enumerated() {
                let descriptor = try VP9PayloadDescriptor(parsing: payload.span)
                #expect(descriptor.isFrameStart == (index == 0))
                #expect(descriptor.isFrameEnd == (index == 2))
                #expect(descriptor.isKeyframeStart == (isKeyframe && index == 0))
                // The numbers go around.
                #expect(descriptor.pictureID?.value == (isKeyframe ? 0x7FFF : 0))
                #expect(descriptor.tl0PictureIndex?.value == (isKeyframe ? 255 : 0))
                let structure = descriptor.scalabilityStructure
                #expect((structure != nil) == (isKeyframe && index == 0))
                if let structure {
                    #expect(structure.spatialLayerCount == 1 && structure.pictureGroupCount == 1)
                    let size = structure.size(ofLayer: 0, in: payload.span)
                    #expect(size?.width == 640 && size?.height == 360)
                }
                whole += payload[descriptor.count...]
            }
            #expect(whole == octets)
        }
    }
}
