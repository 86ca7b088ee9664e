import TestMedia
import Testing

struct VP8PacketizerTests {
    @Test func piecesAreEqualAndPutTogetherGiveTheFrame() {
        var packetizer = VP8Packetizer(pictureID: 0x7FFF, tl0PictureIndex: 255)
        let frame = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        let payloads = packetizer.payloads(of: frame)
        #expect(payloads.count == 5)
        #expect(payloads.allSatisfy { $0.count <= VP8Packetizer.maximumPayload })
        let sizes = payloads.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        #expect(payloads.flatMap { $0.dropFirst(VP8Packetizer.descriptorCount) } == frame)
    }

    @Test func theDescriptorNumbersFramesAndWraps() {
        var packetizer = VP8Packetizer(pictureID: 0x7FFF, tl0PictureIndex: 255)
        let first = packetizer.payloads(of: [UInt8](repeating: 0, count: 2_000))
        #expect(Array(first[0].prefix(6)) == [0x90, 0xE0, 0xFF, 0xFF, 0xFF, 0x00])
        #expect(Array(first[1].prefix(6)) == [0x80, 0xE0, 0xFF, 0xFF, 0xFF, 0x00])
        let second = packetizer.payloads(of: [0])
        #expect(Array(second[0].prefix(6)) == [0x90, 0xE0, 0x80, 0x00, 0x00, 0x00])
    }
}
