import COpenSSL

/// Whether `a` and `b` hold the same octets; the time depends only on their length, not on the position of a
/// difference.
///
/// For authentication codes and secrets, whose lengths are no secret.
package func constantTimeEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0 else { return true }
    // Unsafe: both pointers are to `a.count` octets that outlive the call.
    return unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
            unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0
        }
    }
}
