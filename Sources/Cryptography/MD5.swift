import COpenSSL

/// MD5 in one shot (RFC 1321), for one purpose: the key of STUN's long-term credentials is the digest of a text (RFC 8489
/// section 9.2.2). It protects nothing by itself.
package enum MD5 {
    /// The 16 octets of the digest of `message`.
    package static func digest(of message: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 16)
        // Unsafe: OpenSSL takes pointers. They point to a span and an array of 16 octets, the length of the digest.
        let done = unsafe message.withUnsafeBufferPointer { message in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                unsafe EVP_Digest(message.baseAddress, message.count, digest.baseAddress, nil, EVP_md5(), nil) == 1
            }
        }
        // Fails only without memory, or if OpenSSL is configured without MD5; no message can cause it.
        precondition(done, "OpenSSL does not offer MD5")
        return digest
    }
}
