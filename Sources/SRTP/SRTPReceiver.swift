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
    /// A copy of a packet that may have to be tried again; 2 KB, made where that first happens.
    private var kept: [UInt8] = []

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

    /// Checks and decrypts an SRTP packet in place. After anything but ``SRTPUnprotected/ok(count:)`` the octets past the
    /// header are not to be used.
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
        rtp.note(index, ssrc: header.ssrc, at: position)
        return .ok(count: packet.count &- overhead)
    }

    /// Opens a packet of an SSRC of which none was authentic so far.
    ///
    /// Its roll-over counter is 0, but where the source began just before its sequence number wrapped and everything up to
    /// there was lost, it is 1 (RFC 3711 section 3.3.1). So a packet of the lower half costs two attempts.
    private func unprotectFirst(
        _ header: SRTPHeader, _ base: UnsafeMutablePointer<UInt8>, _ octets: Int
    ) -> SRTPUnprotected {
        let count = octets &- profile.rtpOverhead
        for rollOverCounter in 0...(header.sequence < 0x8000 ? UInt64(1) : 0) {
            let index = rollOverCounter &<< 16 | UInt64(header.sequence)
            // An attempt that fails may leave the payload changed.
            if rollOverCounter == 0 { unsafe copy(base, octets) } else { unsafe restore(base, octets) }
            if unsafe open(header, base, count: count, index: index) {
                rtp.note(index, ssrc: header.ssrc, at: nil)
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

    /// Whether an SRTP packet is authentic and newer than all of its SSRC so far, of which one must have been authentic.
    /// Changes neither the packet nor what is known of the SSRC. Costs as much as opening the packet, and a copy.
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

    /// The same for an SRTCP packet.
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

    /// Checks and decrypts an SRTCP packet in place. After anything but ``SRTPUnprotected/ok(count:)`` the octets past
    /// the first 8 are not to be used.
    package func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected {
        guard let parts = unsafe RTCPParts(packet, profile: profile) else { return .malformed }
        let position = rtcp.position(of: parts.ssrc)
        if let position, rtcp.refuses(parts.index, at: position) { return .replayed }
        guard open(parts) else { return .authenticationFailed }
        rtcp.note(parts.index, ssrc: parts.ssrc, at: position)
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

/// What an SRTCP packet says in clear, and where its parts lie. Safe to use while the packet is where it was.
@safe private struct RTCPParts {
    let base: UnsafeMutablePointer<UInt8>
    /// Octets of the RTCP that is protected.
    let count: Int
    let tagOffset: Int
    /// E bit and index.
    let word: UInt32
    let index: UInt64
    let ssrc: UInt32

    /// `nil` where the packet is too short or too long, not of version 2, or not encrypted.
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
