import CVPX

/// The codecs of libvpx.
package enum VPXCodec: String, Sendable, CaseIterable {
    case vp8 = "VP8"
    case vp9 = "VP9"

    var library: fs_vpx_codec {
        switch self {
        case .vp8: FS_VPX_VP8
        case .vp9: FS_VPX_VP9
        }
    }
}

/// Encodes pictures as VP8 or VP9 for realtime use, at a constant bitrate. Confined to one thread.
// Safe to use: the handle is made in `init`, freed in `deinit`, and never leaves; pictures are checked against the size
// that the encoder was opened for.
@safe package final class VPXEncoder {
    /// The speed, from 0 (best quality) to 16 (fastest).
    package static let speed: Int32 = 8

    package let format: PictureFormat
    private let handle: OpaquePointer

    /// - Throws: `MediaError` if libvpx refuses the settings.
    package init(
        _ codec: VPXCodec = .vp8, format: PictureFormat, framesPerSecond: Int, kilobitsPerSecond: Int
    ) throws(MediaError) {
        self.format = format
        guard
            let handle = unsafe fs_vpx_encoder_open(
                codec.library, Int32(clamping: format.width), Int32(clamping: format.height),
                Int32(clamping: framesPerSecond), Int32(clamping: kilobitsPerSecond), Self.speed)
        else { throw .cannotOpen("a \(codec.rawValue) encoder for \(format) at \(kilobitsPerSecond) kbit/s") }
        unsafe self.handle = handle
    }

    deinit { unsafe fs_vpx_encoder_close(handle) }

    /// Encodes the next picture.
    ///
    /// - Returns: `nil` if the encoder dropped the picture to keep its bitrate.
    package func encode(_ picture: Picture, asKeyframe: Bool = false) throws(MediaError) -> VPXFrame? {
        guard picture.format == format else { throw .wrongSize(expected: format, got: picture.format) }
        var frame: UnsafePointer<UInt8>?
        var length = 0
        var isKeyframe: Int32 = 0
        let outcome = unsafe picture.octets.withUnsafeBufferPointer { octets -> Int32 in
            guard let start = octets.baseAddress else { return -1 }
            return unsafe fs_vpx_encode(handle, start, asKeyframe ? 1 : 0, &frame, &length, &isKeyframe)
        }
        guard outcome >= 0 else { throw .cannotEncode("a picture", code: outcome) }
        guard outcome == 1, let frame = unsafe frame else { return nil }
        // Copied, because the encoder's memory is valid only until the next picture.
        return unsafe VPXFrame(
            octets: Array(UnsafeBufferPointer(start: frame, count: length)), isKeyframe: isKeyframe != 0)
    }

    /// Changes the bitrate from the next picture on.
    package func setBitrate(kilobitsPerSecond: Int) {
        _ = unsafe fs_vpx_encoder_set_bitrate(handle, Int32(clamping: kilobitsPerSecond))
    }
}

/// An encoded picture.
package struct VPXFrame: Equatable, Sendable {
    package var octets: [UInt8]
    package var isKeyframe: Bool

    package init(octets: [UInt8], isKeyframe: Bool) {
        self.octets = octets
        self.isKeyframe = isKeyframe
    }
}
