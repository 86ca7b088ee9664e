/// The scalability structure of a VP9 stream: its spatial layers, and the pattern of its picture groups
/// (RFC 9628 section 4.2.1).
package struct VP9ScalabilityStructure: Sendable, Equatable, BitwiseCopyable {
    /// 1 to 8.
    package let spatialLayerCount: Int
    /// N_G: pictures of a picture group; 0 if the structure describes none.
    package let pictureGroupCount: Int
    /// Whether the structure states each layer's size.
    package let hasSizes: Bool
    /// The offset of the structure in the payload.
    package let offset: Int
    /// The offset of the structure's end in the payload.
    let end: Int

    /// Reads the structure at `offset`.
    init(parsing payload: Span<UInt8>, at offset: Int) throws(PayloadError) {
        try payload.need(offset &+ 1)
        let first = payload[offset]
        self.offset = offset
        spatialLayerCount = Int(first &>> 5) &+ 1
        hasSizes = first & 0x10 != 0
        var end = offset &+ 1
        if hasSizes {
            end &+= 4 &* spatialLayerCount
            try payload.need(end)
        }
        var pictures = 0
        if first & 0x08 != 0 {
            try payload.need(end &+ 1)
            pictures = Int(payload[end])
            end &+= 1
            for _ in 0..<pictures {
                try payload.need(end &+ 1)
                end &+= 1 &+ Int(payload[end] &>> 2 & 0x03)
            }
            try payload.need(end)
        }
        pictureGroupCount = pictures
        self.end = end
    }

    /// The size of the spatial layer `layer`; `nil` if the structure states none. `payload` is the parsed one.
    package func size(ofLayer layer: Int, in payload: Span<UInt8>) -> PictureSize? {
        let position = offset &+ 1 &+ 4 &* layer
        guard hasSizes, layer >= 0, layer < spatialLayerCount, position &+ 4 <= payload.count else { return nil }
        return PictureSize(width: payload.load16(position), height: payload.load16(position &+ 2))
    }
}
