// The size of H.264 pictures, from the sequence parameter set (ITU-T H.264 section 7.3.2.1.1).
extension PictureSize {
    /// The longest sequence parameter set that is read, in octets.
    private static let longestParameterSet = 256

    /// Reads the first sequence parameter set in `payload`, an H.264 payload (RFC 6184); `nil` if there is no readable
    /// one.
    init?(h264 payload: Span<UInt8>) {
        guard let range = Self.sequenceParameterSet(in: payload) else { return nil }
        var cursor = BitCursor(range, skipsEmulationPrevention: true)
        guard let size = Self.size(&cursor, in: payload) else { return nil }
        self = size
    }

    /// The range of the parameter set, after its NAL unit header.
    private static func sequenceParameterSet(in payload: Span<UInt8>) -> Range<Int>? {
        guard payload.count > 2 else { return nil }
        switch payload[0] & 0x1F {
        case 7: return 1..<min(payload.count, longestParameterSet)
        case 24:
            var offset = 1
            while offset &+ 3 <= payload.count {
                let octets = Int(payload.load16(offset))
                let unit = offset &+ 2
                guard octets > 0, unit &+ octets <= payload.count else { return nil }
                if payload[unit] & 0x1F == 7 { return unit &+ 1..<unit &+ min(octets, longestParameterSet) }
                offset = unit &+ octets
            }
            return nil
        default: return nil
        }
    }

    private static func size(_ cursor: inout BitCursor, in payload: Span<UInt8>) -> PictureSize? {
        guard let profile = cursor.bits(8, in: payload), cursor.skip(16, in: payload) != nil,
            cursor.exponentialGolomb(in: payload) != nil
        else { return nil }
        var chromaFormat: UInt32 = 1
        if hasChromaFormat(profile) {
            guard let format = skipChroma(&cursor, in: payload) else { return nil }
            chromaFormat = format
        }
        guard cursor.exponentialGolomb(in: payload) != nil, skipPictureOrder(&cursor, in: payload) != nil,
            cursor.exponentialGolomb(in: payload) != nil, cursor.skip(1, in: payload) != nil,
            let widthInMacroblocks = cursor.exponentialGolomb(in: payload), widthInMacroblocks < 4_095,
            let heightInMapUnits = cursor.exponentialGolomb(in: payload), heightInMapUnits < 4_095,
            let framesOnly = cursor.bits(1, in: payload),
            cursor.skip(framesOnly == 1 ? 1 : 2, in: payload) != nil,
            let isCropped = cursor.flag(in: payload)
        else { return nil }
        let fields = Int(2 &- framesOnly)
        var width = (Int(widthInMacroblocks) &+ 1) &* 16
        var height = (Int(heightInMapUnits) &+ 1) &* 16 &* fields
        if isCropped {
            guard let left = cursor.exponentialGolomb(in: payload), let right = cursor.exponentialGolomb(in: payload),
                let top = cursor.exponentialGolomb(in: payload), let bottom = cursor.exponentialGolomb(in: payload)
            else { return nil }
            // CropUnitX and CropUnitY: samples of the chroma format (section 7.4.2.1.1).
            width &-= (Int(left) &+ Int(right)) &* (chromaFormat == 1 || chromaFormat == 2 ? 2 : 1)
            height &-= (Int(top) &+ Int(bottom)) &* (chromaFormat == 1 ? 2 : 1) &* fields
        }
        guard width > 0, height > 0, let wide = UInt16(exactly: width), let high = UInt16(exactly: height) else {
            return nil
        }
        return PictureSize(width: wide, height: high)
    }

    private static func hasChromaFormat(_ profile: UInt32) -> Bool {
        switch profile {
        case 44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244: true
        default: false
        }
    }

    /// Skips the fields of the High profiles, and returns the chroma format.
    private static func skipChroma(_ cursor: inout BitCursor, in payload: Span<UInt8>) -> UInt32? {
        guard let format = cursor.exponentialGolomb(in: payload), format <= 3,
            cursor.skip(format == 3 ? 1 : 0, in: payload) != nil, cursor.exponentialGolomb(in: payload) != nil,
            cursor.exponentialGolomb(in: payload) != nil, cursor.skip(1, in: payload) != nil,
            let hasMatrix = cursor.flag(in: payload)
        else { return nil }
        guard hasMatrix else { return format }
        for list in 0..<(format == 3 ? 12 : 8) {
            guard let isPresent = cursor.flag(in: payload) else { return nil }
            if isPresent, skipScalingList(of: list < 6 ? 16 : 64, &cursor, in: payload) == nil { return nil }
        }
        return format
    }

    /// scaling_list() of section 7.3.2.1.1.1.
    private static func skipScalingList(
        of count: Int, _ cursor: inout BitCursor, in payload: Span<UInt8>
    ) -> Void? {
        var last: Int64 = 8
        var next: Int64 = 8
        for _ in 0..<count {
            if next != 0 {
                guard let delta = cursor.signedExponentialGolomb(in: payload) else { return nil }
                next = (last &+ delta) & 0xFF
            }
            if next != 0 { last = next }
        }
        return ()
    }

    private static func skipPictureOrder(_ cursor: inout BitCursor, in payload: Span<UInt8>) -> Void? {
        guard let type = cursor.exponentialGolomb(in: payload), type <= 2 else { return nil }
        if type == 0, cursor.exponentialGolomb(in: payload) == nil { return nil }
        guard type == 1 else { return () }
        guard cursor.skip(1, in: payload) != nil, cursor.exponentialGolomb(in: payload) != nil,
            cursor.exponentialGolomb(in: payload) != nil, let count = cursor.exponentialGolomb(in: payload), count < 256
        else { return nil }
        for _ in 0..<count where cursor.exponentialGolomb(in: payload) == nil { return nil }
        return ()
    }
}
