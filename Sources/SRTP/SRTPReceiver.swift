import Primitives

/// Authenticates and decrypts the SRTP and SRTCP packets of one peer, in place (RFC 3711, RFC 7714).
///
/// Accepts any SSRC. State per SSRC begins with its first authentic packet and is limited by ``SRTPLimits``. Takes
/// about 1.5 KB, another 1.2 KB after the first RTP packet, and some 160 octets per SSRC. For one thread.
package final class SRTPReceiver {
    private let profile: SRTPProfile
    private let implementation: SealingEngine.Implementation?
    private let rtpKeys: SessionKeys
    private let rtcpSalt: SessionSalt
    // Made with the first RTP packet, because most peers send only RTCP.
    private var rtpCipher: PacketCipher?
    private let rtcpCipher: PacketCipher
    private var rtp = ReplayTable()
    private var rtcp = ReplayTable()
    /// A copy of a packet for a second attempt; 2 KB, allocated with the first use.
    private var kept: [UInt8] = []

    /// Throws if the lengths of `key` are not those of `profile`.
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

    /// The number of RTP SSRCs with state.
    package var rtpStreamCount: Int { rtp.count }

    /// Authenticates and decrypts an SRTP packet in place. After any result but ``SRTPUnprotected/ok(count:)`` the
    /// octets after the header must not be used.
    package func unprotectRTP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        let overhead = profile.rtpOverhead
        guard packet.count <= SRTPLimits.maximumPacketOctets, let header = unsafe SRTPHeader(packet),
            header.count <= packet.count &- overhead,
            let base = unsafe packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return .malformed }

        guard let position = rtp.position(of: header.ssrc) else {
            return unsafe unprotectFirst(header, base, packet.count)
        }
        guard let index = PacketIndex.estimate(sequence: header.sequence, newest: rtp.newest(at: position)),
            !rtp.refuses(index, at: position)
        else { return .replayed }
        guard unsafe open(header, base, count: packet.count &- overhead, index: index) else {
            return .authenticationFailed
        }
        rtp.noteReceived(index, ssrc: header.ssrc, at: position)
        return .ok(count: packet.count &- overhead)
    }

    /// Decrypts a packet of an SSRC without an authentic packet so far.
    ///
    /// The roll-over counter is 0, or 1 if the source began just before its sequence number wrapped and all packets
    /// before the wrap were lost (RFC 3711 section 3.3.1). So a packet with a number of the lower half costs two
    /// attempts.
    private func unprotectFirst(
        _ header: SRTPHeader, _ base: UnsafeMutablePointer<UInt8>, _ octets: Int
    ) -> SRTPUnprotected {
        let count = octets &- profile.rtpOverhead
        for rollOverCounter in 0...(header.sequence < 0x8000 ? UInt64(1) : 0) {
            let index = rollOverCounter &<< 16 | UInt64(header.sequence)
            // A failed attempt may have changed the payload.
            if rollOverCounter == 0 { unsafe copy(base, octets) } else { unsafe restore(base, octets) }
            if unsafe open(header, base, count: count, index: index) {
                rtp.noteReceived(index, ssrc: header.ssrc, at: nil)
                return .ok(count: count)
            }
        }
        return .authenticationFailed
    }

    /// Checks and decrypts the packet at `base` of `count` octets without its tag.
    private func open(
        _ header: SRTPHeader, _ base: UnsafeMutablePointer<UInt8>, count: Int, index: UInt64
    ) -> Bool {
        let vector = rtpKeys.salt.initializationVector(ssrc: header.ssrc, index: index)
        if rtpCipher == nil { rtpCipher = try? PacketCipher(rtpKeys, direction: .open, implementation: implementation) }
        return unsafe rtpCipher?.open(
            header: base, headerCount: header.count, count: count &- header.count,
            trailer: .rollOverCounter(UInt32(truncatingIfNeeded: index &>> 16)), vector: vector, tag: base + count)
            ?? false
    }

    // MARK: - Trials

    /// Whether an SRTP packet is authentic and newer than all packets of its SSRC so far, of which one must have been
    /// authentic. Changes neither the packet nor the state of the SSRC. Costs a decryption and a copy of the packet.
    package func isAuthenticAndNewRTP(_ packet: UnsafeMutableRawBufferPointer) -> Bool {
        let overhead = profile.rtpOverhead
        guard packet.count <= SRTPLimits.maximumPacketOctets, let header = unsafe SRTPHeader(packet),
            header.count <= packet.count &- overhead, let position = rtp.position(of: header.ssrc),
            let index = PacketIndex.estimate(sequence: header.sequence, newest: rtp.newest(at: position)),
            index > rtp.newest(at: position), let base = unsafe packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return false }
        unsafe copy(base, packet.count)
        defer { unsafe restore(base, packet.count) }
        return unsafe open(header, base, count: packet.count &- overhead, index: index)
    }

    /// `isAuthenticAndNewRTP` for an SRTCP packet.
    package func isAuthenticAndNewRTCP(_ packet: UnsafeMutableRawBufferPointer) -> Bool {
        guard let parts = unsafe RTCPParts(packet, profile: profile), let position = rtcp.position(of: parts.ssrc),
            parts.index > rtcp.newest(at: position)
        else { return false }
        unsafe copy(parts.base, packet.count)
        defer { unsafe restore(parts.base, packet.count) }
        return open(parts)
    }

    private func copy(_ base: UnsafeMutablePointer<UInt8>, _ count: Int) {
        if kept.count < SRTPLimits.maximumPacketOctets {
            kept = Array(repeating: 0, count: SRTPLimits.maximumPacketOctets)
        }
        unsafe kept.withUnsafeMutableBytes { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: base, count: min(count, bytes.count)))
        }
    }

    private func restore(_ base: UnsafeMutablePointer<UInt8>, _ count: Int) {
        unsafe kept.withUnsafeBufferPointer { bytes in
            if let source = bytes.baseAddress { unsafe base.update(from: source, count: min(count, bytes.count)) }
        }
    }

    // MARK: - RTCP

    /// Authenticates and decrypts an SRTCP packet in place. After any result but ``SRTPUnprotected/ok(count:)`` the
    /// octets after the first 8 must not be used.
    package func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        guard let parts = unsafe RTCPParts(packet, profile: profile) else { return .malformed }
        let position = rtcp.position(of: parts.ssrc)
        if let position, rtcp.refuses(parts.index, at: position) { return .replayed }
        guard open(parts) else { return .authenticationFailed }
        rtcp.noteReceived(parts.index, ssrc: parts.ssrc, at: position)
        return .ok(count: parts.count)
    }

    private func open(_ parts: RTCPParts) -> Bool {
        let headerCount = SRTPLimits.rtcpHeaderOctets
        return unsafe rtcpCipher.open(
            header: parts.base, headerCount: headerCount, count: parts.count &- headerCount,
            trailer: .rtcpIndex(parts.word),
            vector: rtcpSalt.initializationVector(ssrc: parts.ssrc, index: parts.index),
            tag: parts.base + parts.tagOffset)
    }
}

/// The clear fields of an SRTCP packet and the positions of its parts. Valid while the packet stays in place.
@safe private struct RTCPParts {
    let base: UnsafeMutablePointer<UInt8>
    /// Octets of the protected RTCP.
    let count: Int
    let tagOffset: Int
    /// The E bit and the index.
    let word: UInt32
    let index: UInt64
    let ssrc: UInt32

    /// `nil` if the packet is too short or too long, not of version 2, or not encrypted.
    init?(_ packet: UnsafeMutableRawBufferPointer, profile: SRTPProfile) {
        guard packet.count <= SRTPLimits.maximumPacketOctets,
            SRTPLimits.rtcpHeaderOctets <= packet.count &- profile.rtcpOverhead, unsafe packet[0] >> 6 == 2,
            let base = unsafe packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return nil }
        count = packet.count &- profile.rtcpOverhead
        let layout = SRTCPLayout(profile: profile, count: count)
        word = unsafe packet.bigEndianUInt32(at: layout.indexOffset)
        // The E bit: WebRTC encrypts all RTCP (RFC 8827 section 6.5).
        guard word > SRTPLimits.maximumRTCPIndex else { return nil }
        unsafe self.base = base
        tagOffset = layout.tagOffset
        index = UInt64(word & SRTPLimits.maximumRTCPIndex)
        ssrc = unsafe packet.bigEndianUInt32(at: 4)
    }
}
