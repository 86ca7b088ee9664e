import CVPX

/// Decodes VP8 or VP9. Confined to one thread.
// Safe to use: the handle is made in `init`, freed in `deinit`, and never leaves; pictures are copied into arrays of
// the size that the decoder returns.
@safe package final class VPXDecoder {
    private let handle: OpaquePointer

    /// - Throws: `MediaError` if libvpx has no memory.
    package init(_ codec: VPXCodec = .vp8) throws(MediaError) {
        guard let handle = unsafe fs_vpx_decoder_open(codec.library) else {
            throw .cannotOpen("a \(codec.rawValue) decoder")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe fs_vpx_decoder_close(handle) }

    /// Decodes one whole frame; `nil` if there is no picture, or a corrupt one.
    package func decode(_ frame: [UInt8]) -> Picture? {
        guard let format = decodeOnly(frame) else { return nil }
        var picture = Picture(PictureFormat(width: format.width, height: format.height))
        guard
            picture.octets.count == format.width * format.height + (format.width + 1) / 2 * ((format.height + 1) / 2)
                * 2
        else { return nil }
        unsafe picture.octets.withUnsafeMutableBufferPointer { octets in
            if let start = octets.baseAddress { unsafe fs_vpx_copy_picture(handle, start) }
        }
        return picture
    }

    /// Decodes one whole frame without copying its picture, to follow a stream of which only some pictures are read.
    package func decodeOnly(_ frame: [UInt8]) -> PictureFormat? {
        var width: Int32 = 0
        var height: Int32 = 0
        let outcome = unsafe frame.withUnsafeBufferPointer { octets -> Int32 in
            guard let start = octets.baseAddress else { return -1 }
            return unsafe fs_vpx_decode(handle, start, octets.count, &width, &height)
        }
        guard outcome == 1, width > 0, height > 0 else { return nil }
        return PictureFormat(width: Int(width), height: Int(height))
    }
}
