import Primitives

/// The session salt, and the computation of a packet's initialization vector from it.
///
/// For one salt, different pairs of SSRC and index give different vectors, because the two are XORed into different
/// octets. Counter mode and GCM are broken if a key meets a vector twice, so a sealer must never use an index twice
/// with an SSRC.
package struct SessionSalt: Equatable, Sendable {
    package let profile: SRTPProfile
    // The 16 octets as two big-endian numbers, zeros after the salt.
    let high: UInt64
    let low: UInt64

    /// The salt in `octets`, which have the profile's length.
    package init(profile: SRTPProfile, octets: [UInt8]) {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for (position, octet) in octets.prefix(16).enumerated() {
            let shift = UInt64(56 - 8 * (position % 8))
            if position < 8 { words.high |= UInt64(octet) << shift } else { words.low |= UInt64(octet) << shift }
        }
        self.profile = profile
        (high, low) = words
    }

    /// The vector for the packet with `index`: the 48-bit index of SRTP (roll-over counter, then sequence number), or
    /// the 31-bit index of SRTCP.
    package func initializationVector(ssrc: UInt32, index: UInt64) -> InitializationVector {
        switch profile {
        case .aes128CMHMACSHA1_80:
            // RFC 3711 section 4.1.1: SSRC * 2^64 XOR index * 2^16; the last 16 bits count blocks.
            InitializationVector(high: high ^ UInt64(ssrc), low: low ^ (index &<< 16))
        case .aeadAES128GCM:
            // RFC 7714 sections 8.1 and 9.1: two zero octets, SSRC, 48 bits of index.
            InitializationVector(
                high: high ^ (UInt64(ssrc) &<< 16) ^ ((index &>> 32) & 0xFFFF), low: low ^ (index &<< 32))
        }
    }
}

/// An initialization vector of 16 octets, as two big-endian numbers; AEAD uses the first 12.
package struct InitializationVector: Hashable, Sendable, BitwiseCopyable {
    package let high: UInt64
    package let low: UInt64

    /// The two halves in network order, as stored in memory.
    var wire: (UInt64, UInt64) { (high.bigEndian, low.bigEndian) }
}
