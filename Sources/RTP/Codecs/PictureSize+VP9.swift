// The size of VP9 pictures: from the descriptor, or from the keyframe's own header.
extension PictureSize {
    /// The size of the highest spatial layer in the descriptor; `nil` if it states none.
    init?(_ descriptor: VP9PayloadDescriptor, in payload: Span<UInt8>) {
        guard let structure = descriptor.scalabilityStructure,
            let size = structure.size(ofLayer: structure.spatialLayerCount &- 1, in: payload)
        else { return nil }
        self = size
    }

    /// Reads the uncompressed header of the keyframe that begins at `start` (VP9 bitstream specification section 6.2);
    /// `nil` if there is none.
    init?(vp9Keyframe payload: Span<UInt8>, at start: Int) {
        var cursor = BitCursor(start..<payload.count)
        guard cursor.bits(2, in: payload) == 2, let low = cursor.bits(1, in: payload),
            let high = cursor.bits(1, in: payload)
        else { return nil }
        let profile = high &<< 1 | low
        guard cursor.skip(profile == 3 ? 1 : 0, in: payload) != nil,
            // show_existing_frame, then frame_type: 0 is a keyframe.
            cursor.bits(2, in: payload) == 0, cursor.skip(2, in: payload) != nil,
            cursor.bits(24, in: payload) == 0x498342, cursor.skip(profile >= 2 ? 1 : 0, in: payload) != nil,
            let colorSpace = cursor.bits(3, in: payload)
        else { return nil }
        let hasSubsampling = profile & 1 == 1
        let isRGB = colorSpace == 7
        let rest = isRGB ? (hasSubsampling ? 1 : 0) : (hasSubsampling ? 4 : 1)
        guard cursor.skip(rest, in: payload) != nil, let width = cursor.bits(16, in: payload),
            let height = cursor.bits(16, in: payload), width < 0xFFFF, height < 0xFFFF
        else { return nil }
        self.init(width: UInt16(width) &+ 1, height: UInt16(height) &+ 1)
    }
}
