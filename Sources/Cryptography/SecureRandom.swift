import COpenSSL

/// OpenSSL's random generator, for secrets: keys, passwords, tokens.
///
/// Protocol machines take a generator as an argument; the runtime passes this one.
package struct SecureRandom: RandomNumberGenerator, Sendable {
    package init() {}

    package mutating func next() -> UInt64 {
        var number: UInt64 = 0
        // Unsafe: OpenSSL writes the eight octets of the number; every bit pattern is valid.
        unsafe withUnsafeMutableBytes(of: &number) { octets in unsafe Self.fill(octets) }
        return number
    }

    /// `count` random octets; none for a negative count.
    package static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
            unsafe fill(UnsafeMutableRawBufferPointer(output))
            written = count
        }
    }

    private static func fill(_ octets: UnsafeMutableRawBufferPointer) {
        let done = unsafe RAND_bytes(
            octets.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(clamping: octets.count))
        // Stops, because guessable secrets would be worse. No network input can cause it.
        precondition(done == 1, "OpenSSL's random generator has no entropy")
    }
}
