/// The CRC-32 of ISO 3309 (reflected polynomial 0xEDB88320), as STUN's FINGERPRINT uses it (RFC 8489 section 14.7).
package enum CRC32 {
    private static let table = InlineArray<256, UInt32> { index in
        var remainder = UInt32(truncatingIfNeeded: index)
        for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder &>> 1 ^ 0xEDB8_8320 : remainder &>> 1 }
        return remainder
    }

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var remainder = UInt32.max
        for index in bytes.indices {
            remainder = remainder &>> 8 ^ table[Int((remainder ^ UInt32(bytes[index])) & 255)]
        }
        return ~remainder
    }
}
