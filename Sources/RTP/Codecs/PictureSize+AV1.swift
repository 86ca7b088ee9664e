// The size of AV1 pictures, from the sequence header OBU (AV1 specification section 5.5.1).
extension PictureSize {
    /// Reads the sequence header that begins in `payload`, an AV1 payload; `nil` if there is no readable one.
    init?(av1 payload: Span<UInt8>) {
        guard let range = AV1Payload.sequenceHeader(in: payload) else { return nil }
        var cursor = BitCursor(range)
        guard cursor.skip(4, in: payload) != nil, let isReduced = cursor.flag(in: payload) else { return nil }
        if isReduced {
            guard cursor.skip(5, in: payload) != nil else { return nil }
        } else {
            guard Self.skipOperatingPoints(&cursor, in: payload) != nil else { return nil }
        }
        guard let widthBits = cursor.bits(4, in: payload), let heightBits = cursor.bits(4, in: payload),
            let width = cursor.bits(Int(widthBits) &+ 1, in: payload), width < 0xFFFF,
            let height = cursor.bits(Int(heightBits) &+ 1, in: payload), height < 0xFFFF
        else { return nil }
        self.init(width: UInt16(width) &+ 1, height: UInt16(height) &+ 1)
    }

    private static func skipOperatingPoints(_ cursor: inout BitCursor, in payload: Span<UInt8>) -> Void? {
        // Bits of a decoder buffer delay; `nil` without decoder model.
        var delayBits: Int?
        guard let hasTiming = cursor.flag(in: payload) else { return nil }
        if hasTiming {
            guard cursor.skip(64, in: payload) != nil, let isEqual = cursor.flag(in: payload) else { return nil }
            if isEqual, cursor.exponentialGolomb(in: payload) == nil { return nil }
            guard let hasModel = cursor.flag(in: payload) else { return nil }
            if hasModel {
                guard let bits = cursor.bits(5, in: payload), cursor.skip(42, in: payload) != nil else { return nil }
                delayBits = Int(bits) &+ 1
            }
        }
        guard let hasDisplayDelay = cursor.flag(in: payload), let last = cursor.bits(5, in: payload) else { return nil }
        for _ in 0...last {
            guard cursor.skip(12, in: payload) != nil, let level = cursor.bits(5, in: payload),
                cursor.skip(level > 7 ? 1 : 0, in: payload) != nil
            else { return nil }
            if let delayBits {
                guard let hasModel = cursor.flag(in: payload),
                    cursor.skip(hasModel ? 2 &* delayBits &+ 1 : 0, in: payload) != nil
                else { return nil }
            }
            if hasDisplayDelay {
                guard let isPresent = cursor.flag(in: payload), cursor.skip(isPresent ? 4 : 0, in: payload) != nil
                else { return nil }
            }
        }
        return ()
    }
}
