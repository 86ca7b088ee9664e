import COpus

/// Encodes audio as Opus: 48 kHz, one channel, packets of 20 ms. Confined to one thread.
// Safe to use: the handle is made in `init`, freed in `deinit`, and never leaves; lengths are those of the arrays.
@safe package final class OpusEncoder {
    package static let samplesPerSecond = 48_000
    /// Samples of one packet: 20 ms.
    package static let samplesPerPacket = 960
    /// The longest packet that this encoder makes.
    static let maximumPacket = 1_275

    private let handle: OpaquePointer

    /// - Throws: `MediaError` if libopus refuses the bitrate.
    package init(bitsPerSecond: Int = 32_000) throws(MediaError) {
        guard let handle = unsafe fs_opus_encoder_open(Int32(clamping: bitsPerSecond)) else {
            throw .cannotOpen("an Opus encoder at \(bitsPerSecond) bit/s")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe fs_opus_encoder_close(handle) }

    /// Encodes `samplesPerPacket` samples from -1 to 1.
    package func encode(_ samples: [Float]) throws(MediaError) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: Self.maximumPacket)
        let length = unsafe samples.withUnsafeBufferPointer { samples -> Int32 in
            unsafe packet.withUnsafeMutableBufferPointer { packet in
                guard let input = samples.baseAddress, let output = packet.baseAddress else { return -1 }
                return unsafe fs_opus_encode(
                    handle, input, Int32(clamping: samples.count), output, Int32(clamping: packet.count))
            }
        }
        guard length > 0 else { throw .cannotEncode("sound", code: length) }
        packet.removeLast(packet.count - Int(length))
        return packet
    }
}
