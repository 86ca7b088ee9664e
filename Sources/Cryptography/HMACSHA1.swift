import COpenSSL

/// HMAC-SHA-1 in one shot (RFC 2104), as STUN's MESSAGE-INTEGRITY uses it (RFC 8489 section 14.5).
///
/// The message is passed in two parts, so that a header with a changed length field can precede a received body without
/// changing the datagram. This code allocates nothing; OpenSSL 3.0 makes about a dozen small allocations per code, 1.7
/// microseconds in all.
package enum HMACSHA1 {
    /// Length of the code in octets.
    package static let octets = 20
    /// A message authentication code.
    package typealias Code = InlineArray<20, UInt8>

    /// The code of `message` under `key`.
    package static func authenticate(key: Span<UInt8>, _ message: Span<UInt8>) -> Code {
        authenticate(key: key, head: message, tail: message.extracting(first: 0))
    }

    /// The code of `head` and `tail` together under `key`.
    package static func authenticate(key: Span<UInt8>, head: Span<UInt8>, tail: Span<UInt8>) -> Code {
        var code = Code(repeating: 0)
        var output = code.mutableSpan
        // Unsafe: OpenSSL takes pointers. They point to spans and to a stack buffer that outlive the call. SHA-1 writes
        // 20 octets, the length of the code.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: head.count + tail.count) { message in
            for index in head.indices { unsafe message.initializeElement(at: index, to: head[index]) }
            for index in tail.indices { unsafe message.initializeElement(at: head.count + index, to: tail[index]) }
            let done = unsafe key.withUnsafeBufferPointer { key in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe HMAC(
                        EVP_sha1(), key.baseAddress, Int32(key.count), message.baseAddress, message.count,
                        output.baseAddress, nil) != nil
                }
            }
            // Fails only without memory, or if OpenSSL is configured without SHA-1; no message can cause it.
            precondition(done, "OpenSSL does not offer HMAC-SHA-1")
        }
        return code
    }

    /// Whether `code` is the code of `head` and `tail` together under `key`; the time does not depend on the position
    /// of a difference.
    package static func verify(_ code: Span<UInt8>, key: Span<UInt8>, head: Span<UInt8>, tail: Span<UInt8>) -> Bool {
        guard code.count == octets else { return false }
        let expected = authenticate(key: key, head: head, tail: tail)
        // Unsafe: both are 20 octets, checked above.
        return unsafe expected.span.withUnsafeBufferPointer { expected in
            unsafe code.withUnsafeBufferPointer { code in
                unsafe CRYPTO_memcmp(expected.baseAddress, code.baseAddress, octets) == 0
            }
        }
    }
}
