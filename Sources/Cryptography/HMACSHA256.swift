import COpenSSL

/// HMAC-SHA-256 in one shot (RFC 2104, RFC 6234), as HS256 tokens use it (RFC 7518 section 3.2).
package enum HMACSHA256 {
    /// Length of the code in octets.
    package static let octets = 32

    /// The code of `message` under `key`, 32 octets.
    package static func authenticate(key: Span<UInt8>, _ message: Span<UInt8>) -> [UInt8] {
        // HMAC pads short keys with zeros, so one zero octet equals the empty key, and OpenSSL gets no null pointer.
        let emptyKey: [UInt8] = [0]
        let key = key.isEmpty ? emptyKey.span : key
        return unsafe [UInt8](unsafeUninitializedCapacity: octets) { output, written in
            // Unsafe: OpenSSL takes pointers. The spans outlive the call, and `output` has the 32 octets that SHA-256
            // writes.
            let done = unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe HMAC(
                        EVP_sha256(), key.baseAddress, Int32(clamping: key.count), message.baseAddress, message.count,
                        output.baseAddress, nil) != nil
                }
            }
            // Fails only without memory, or if OpenSSL is configured without SHA-256; no message can cause it.
            precondition(done, "OpenSSL does not offer HMAC-SHA-256")
            written = octets
        }
    }

    /// Whether `code` is the code of `message` under `key`; the time does not depend on the position of a difference.
    package static func verify(_ code: Span<UInt8>, key: Span<UInt8>, _ message: Span<UInt8>) -> Bool {
        let expected = authenticate(key: key, message)
        return constantTimeEqual(expected.span, code)
    }
}
