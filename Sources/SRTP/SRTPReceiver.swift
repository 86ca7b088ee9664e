import Primitives

/// Checks and decrypts what one peer sends, in place: SRTP and SRTCP (RFC 3711), AEAD too (RFC 7714).
///
/// Takes any SSRC. State begins with the first authenticated packet of an SSRC and is bounded, see ``SRTPLimits``. Holds
/// about 1.5 KB, another 1.2 KB once RTP came, and some 160 octets per SSRC; for one thread.
package final class SRTPReceiver {
    private let profile: SRTPProfile
    private let implementation: SealingEngine.Implementation?
    private let rtpKeys: SessionKeys
    private let rtcpSalt: SessionSalt
    // Most peers only send RTCP: the cipher for RTP is made with the first packet.
    private var rtpCipher: PacketCipher?
    private let rtcpCipher: PacketCipher
    private var rtp = ReplayTable()
    private var rtcp = ReplayTable()

    /// Throws when the lengths of `key` are not those of `profile`.
    ///
    /// - Parameter implementation: the library to use; `nil` for the fastest that has the profile.
    package init(
        profile: SRTPProfile, key: SRTPMasterKey, implementation: SealingEngine.Implementation? = nil
    ) throws(SRTPError) {
        self.profile = profile
        self.implementation = implementation
        rtpKeys = try SessionKeys(deriving: .rtp, for: profile, from: key)
        let rtcpKeys = try SessionKeys(deriving: .rtcp, for: profile, from: key)
        rtcpSalt = rtcpKeys.salt
        rtcpCipher = try PacketCipher(rtcpKeys, direction: .open, implementation: implementation)
        rtpCipher = nil
    }

    /// How many SSRCs of RTP there is state for.
    package var rtpStreamCount: Int { rtp.count }

    /// Forgets an SSRC whose sender is gone for good.
    ///
    /// Not needed for the bound. Whoever recorded its packets could play them again after this.
    package func removeStream(ssrc: UInt32) { rtp.remove(ssrc: ssrc) }

    /// Checks and decrypts an SRTP packet in place. After anything but ``SRTPUnprotected/ok(count:)`` the octets past the
    /// header are not to be used.
    package func unprotectRTP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        let overhead = profile.rtpOverhead
        guard packet.count <= SRTPLimits.maximumPacketOctets, let header = unsafe SRTPHeader(packet),
            header.count <= packet.count &- overhead,
            let base = unsafe packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return .malformed }

        let position = rtp.position(of: header.ssrc)
        let newest = position.map { rtp.newest(at: $0) }
        guard let index = PacketIndex.estimate(sequence: header.sequence, newest: newest) else { return .replayed }
        if let position, rtp.refuses(index, at: position) { return .replayed }

        let count = packet.count &- overhead
        let vector = rtpKeys.salt.initializationVector(ssrc: header.ssrc, index: index)
        if rtpCipher == nil { rtpCipher = try? PacketCipher(rtpKeys, direction: .open, implementation: implementation) }
        let opened = unsafe rtpCipher?.open(
            header: base, headerCount: header.count, count: count &- header.count,
            trailer: .rollOverCounter(UInt32(truncatingIfNeeded: index &>> 16)), vector: vector, tag: base + count)
        guard opened == true else { return .authenticationFailed }
        rtp.note(index, ssrc: header.ssrc, at: position)
        return .ok(count: count)
    }

    /// Checks and decrypts an SRTCP packet in place. After anything but ``SRTPUnprotected/ok(count:)`` the octets past
    /// the first 8 are not to be used.
    package func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        let headerCount = SRTPLimits.rtcpHeaderOctets
        let overhead = profile.rtcpOverhead
        guard packet.count <= SRTPLimits.maximumPacketOctets, headerCount <= packet.count &- overhead,
            unsafe packet[0] >> 6 == 2, let base = unsafe packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return .malformed }

        let count = packet.count &- overhead
        let layout = SRTCPLayout(profile: profile, count: count)
        let word = unsafe packet.bigEndianUInt32(at: layout.indexOffset)
        // The E bit: WebRTC encrypts all RTCP (RFC 8827 section 6.5).
        guard word > SRTPLimits.maximumRTCPIndex else { return .malformed }
        let index = UInt64(word & SRTPLimits.maximumRTCPIndex)
        let ssrc = unsafe packet.bigEndianUInt32(at: 4)
        let position = rtcp.position(of: ssrc)
        if let position, rtcp.refuses(index, at: position) { return .replayed }

        let opened = unsafe rtcpCipher.open(
            header: base, headerCount: headerCount, count: count &- headerCount, trailer: .rtcpIndex(word),
            vector: rtcpSalt.initializationVector(ssrc: ssrc, index: index), tag: base + layout.tagOffset)
        guard opened else { return .authenticationFailed }
        rtcp.note(index, ssrc: ssrc, at: position)
        return .ok(count: count)
    }
}
