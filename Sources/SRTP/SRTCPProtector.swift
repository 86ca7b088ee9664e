import Primitives

/// Protects the RTCP to one peer, in place (RFC 3711 section 3.4, RFC 7714 section 9). Takes 0.8 to 1.3 KB; for one
/// thread.
package final class SRTCPProtector {
    private let profile: SRTPProfile
    private let salt: SessionSalt
    private let cipher: PacketCipher
    /// One counter for all SSRCs, so that no pair of SSRC and index repeats.
    private var index: UInt32 = 0

    /// Throws when the lengths of `key` are not those of `profile`.
    ///
    /// - Parameter implementation: the library to use; `nil` for the fastest that has the profile.
    package init(
        profile: SRTPProfile, key: SRTPMasterKey, implementation: SealingEngine.Implementation? = nil
    ) throws(SRTPError) {
        let keys = try SessionKeys(deriving: .rtcp, for: profile, from: key)
        self.profile = profile
        salt = keys.salt
        cipher = try PacketCipher(keys, direction: .seal, implementation: implementation)
    }

    /// Protects the compound packet in the first `count` octets of `buffer`, and returns its new length: `count` and the
    /// profile's `rtcpOverhead`.
    ///
    /// `nil`, with nothing to send, if the result exceeds `buffer` or ``SRTPLimits/maximumPacketOctets``, if `count` is
    /// less than an RTCP header, or after 2^31 - 1 packets.
    package func protect(_ buffer: UnsafeMutableRawBufferPointer, count: Int) -> Int? {
        let headerCount = SRTPLimits.rtcpHeaderOctets
        let capacity = min(buffer.count, SRTPLimits.maximumPacketOctets)
        guard count >= headerCount, count <= capacity &- profile.rtcpOverhead, index < SRTPLimits.maximumRTCPIndex,
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return nil }
        // Incremented before its use, so that an index is not reused after a failure of the library.
        index &+= 1
        let word = index | 0x8000_0000
        let layout = SRTCPLayout(profile: profile, count: count)
        unsafe buffer.storeBytes(of: word.bigEndian, toByteOffset: layout.indexOffset, as: UInt32.self)
        let ssrc = unsafe buffer.bigEndianUInt32(at: 4)
        let sealed = unsafe cipher.seal(
            header: base, headerCount: headerCount, count: count &- headerCount,
            trailer: .rtcpIndex(word), vector: salt.initializationVector(ssrc: ssrc, index: UInt64(index)),
            tag: base + layout.tagOffset)
        return sealed ? count &+ profile.rtcpOverhead : nil
    }
}
