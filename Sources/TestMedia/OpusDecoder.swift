import COpus

/// Decodes Opus to samples of one channel. Confined to one thread.
// Safe to use: the handle is made in `init`, freed in `deinit`, and never leaves; lengths are those of the arrays.
@safe package final class OpusDecoder {
    /// Samples of the longest possible packet: 120 ms (RFC 6716 section 2.1.4).
    static let maximumSamples = 5_760

    private let handle: OpaquePointer

    /// - Throws: `MediaError` if libopus has no memory.
    package init() throws(MediaError) {
        guard let handle = unsafe fs_opus_decoder_open() else { throw .cannotOpen("an Opus decoder") }
        unsafe self.handle = handle
    }

    deinit { unsafe fs_opus_decoder_close(handle) }

    /// The samples of a packet, from -1 to 1; `nil` if it is not Opus.
    package func decode(_ packet: [UInt8]) -> [Float]? {
        var samples = [Float](repeating: 0, count: Self.maximumSamples)
        let count = unsafe packet.withUnsafeBufferPointer { packet -> Int32 in
            unsafe samples.withUnsafeMutableBufferPointer { samples in
                guard let input = packet.baseAddress, let output = samples.baseAddress else { return -1 }
                return unsafe fs_opus_decode(
                    handle, input, Int32(clamping: packet.count), output, Int32(clamping: samples.count))
            }
        }
        guard count > 0 else { return nil }
        samples.removeLast(samples.count - Int(count))
        return samples
    }
}
