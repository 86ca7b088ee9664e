import DTLS
import ICE
import Primitives
import RTP
import SRTP

// Receiving a datagram of the server.
extension ClientPeer {
    /// Receives one datagram, which is decrypted in place.
    package func receive(_ datagram: UnsafeMutableRawBufferPointer, on path: NetworkPath, now: MonotonicInstant) {
        guard !isClosed else { return }
        let bytes = unsafe UnsafeBufferPointer(datagram.assumingMemoryBound(to: UInt8.self))
        switch unsafe DatagramKind(datagram: bytes.span) {
        case .rtp: unsafe receiveRTP(datagram, now: now)
        case .rtcp: unsafe receiveRTCP(datagram, now: now)
        case .stun: unsafe receiveSTUN(bytes.span, on: path, now: now)
        case .dtls:
            handshakePath = path
            unsafe endpoint.receive(bytes.span, now: now)
            settle(now: now)
        case .drop: dropped.unexpected += 1
        }
    }

    /// Receives one datagram.
    package func receive(_ datagram: [UInt8], on path: NetworkPath, now: MonotonicInstant) {
        var copy = datagram
        unsafe copy.withUnsafeMutableBytes { unsafe receive($0, on: path, now: now) }
    }

    private func receiveSTUN(_ bytes: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant) {
        switch agent.receive(bytes, on: path, now: now) {
        case .none: break
        case .connected(let selected):
            previousPath = nil
            events.append(.pathSelected(selected))
            if case .connecting = state {
                state = .handshaking
                endpoint.start(now: now)
            }
        case .failed(let reason): return end(.ice(reason))
        case .drop: dropped.stun += 1
        }
        settle(now: now)
    }

    private func receiveRTP(_ datagram: UnsafeMutableRawBufferPointer, now: MonotonicInstant) {
        guard let receiver else { return dropped.unexpected += 1 }
        // The payload of an undecrypted packet includes the tag, which is no media.
        var count = max(datagram.count - (keys?.profile.rtpOverhead ?? 0), 0)
        let isOpened = unsafe options.opensMedia || options.opensMarkedPackets && isWorthOpening(datagram)
        if isOpened {
            switch unsafe receiver.unprotectRTP(datagram) {
            case .ok(let clear): count = clear
            case .authenticationFailed: return dropped.notAuthentic += 1
            case .replayed: return dropped.replayed += 1
            case .malformed: return dropped.malformed += 1
            }
        }
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        unsafe receiveMedia(clear.span, isOpened: isOpened, now: now)
    }

    /// Whether a packet is decrypted although media in general is not (`opensMarkedPackets`); reads only the header,
    /// which is in clear.
    private func isWorthOpening(_ datagram: UnsafeMutableRawBufferPointer) -> Bool {
        guard datagram.count >= RTPHeader.fixedCount else { return false }
        let ssrc = unsafe UInt32(bigEndian: datagram.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        guard let index = slotBySSRC[ssrc] else { return false }
        let slot = slots[index]
        if slot.parameters.rtxSSRC?.rawValue == ssrc { return true }
        // The padding count is encrypted.
        if unsafe datagram[0] & 0x20 != 0 { return true }
        switch slot.parameters.kind {
        case .video: return unsafe datagram[1] & 0x80 != 0
        case .audio:
            return unsafe UInt16(bigEndian: datagram.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) % 50 == 0
        }
    }

    private func receiveMedia(_ bytes: Span<UInt8>, isOpened: Bool, now: MonotonicInstant) {
        guard let header = try? RTPHeader(parsing: bytes) else { return dropped.malformed += 1 }
        guard let index = slotBySSRC[header.ssrc.rawValue] else { return dropped.unknownSSRC += 1 }
        let slot = slots[index]
        let extensions = ReceivedExtensions(parsing: bytes, header: header, lookup: slot.lookup)
        if let number = extensions.transportSequenceNumber, slot.hasTransportFeedback {
            arrivals.noteArrival(of: number, at: now)
        }
        switch slot.payload(of: header.payloadType) {
        case .media(let codec): receive(header, codec, bytes, isOpened: isOpened, in: slot, now: now)
        case .retransmission(let codec):
            // The original sequence number is encrypted.
            if isOpened { receiveRepair(header, codec, bytes, in: slot, now: now) }
        case nil: slot.unknownPayloadTypes += 1
        }
    }

    private func receive(
        _ header: RTPHeader, _ codec: Codec, _ bytes: Span<UInt8>, isOpened: Bool, in slot: ReceivingSlot,
        now: MonotonicInstant
    ) {
        let sequence = slot.statistics.noteArrival(
            sequence: header.sequenceNumber, timestamp: header.timestamp, octets: header.payloadCount, arrival: now)
        if slot.missing.noteArrival(of: sequence, now: now) == .duplicate { return slot.statistics.duplicates &+= 1 }
        deliver(
            header, codec, bytes.extracting(header.payloadRange), sequence: sequence, in: slot,
            source: source(header, bytes), isRetransmission: false, isOpened: isOpened, now: now)
    }

    /// RTX (RFC 4588 section 4): the original sequence number, then the original payload.
    private func receiveRepair(
        _ header: RTPHeader, _ codec: Codec, _ bytes: Span<UInt8>, in slot: ReceivingSlot, now: MonotonicInstant
    ) {
        let payload = bytes.extracting(header.payloadRange)
        guard case .retransmission(let original) = RTXPayload(payload: payload) else { return }
        let sequence = slot.statistics.extended(original)
        // The newest may come so as well: a probe sends again what was sent last, which may have been lost.
        guard slot.missing.noteArrival(of: sequence, now: now) != .duplicate else {
            return slot.statistics.duplicates &+= 1
        }
        slot.statistics.repaired &+= 1
        deliver(
            header, codec, payload.extracting(RTXPayload.headerCount...), sequence: sequence, in: slot,
            source: source(header, bytes), isRetransmission: true, isOpened: true, now: now)
    }

    private func source(_ header: RTPHeader, _ bytes: Span<UInt8>) -> UInt32? {
        header.csrcCount > 0 ? try? bytes.uint32(at: RTPHeader.fixedCount) : nil
    }

    private func deliver(
        _ header: RTPHeader, _ codec: Codec, _ payload: Span<UInt8>, sequence: Int64, in slot: ReceivingSlot,
        source: UInt32?, isRetransmission: Bool, isOpened: Bool, now: MonotonicInstant
    ) {
        let isKeyframeStart =
            isOpened && codec.kind == .video
            && PayloadInspection(codec: codec, payload: payload).isKeyframeStart
        if options.opensMedia { slot.notePicture(isKeyframeStart: isKeyframeStart, source: source, now: now) }
        guard let mediaHandler else { return }
        mediaHandler(
            IncomingMedia(
                slot: slot.index, payloadType: header.payloadType, isMarked: header.isMarker, sequence: sequence,
                timestamp: header.timestamp, source: source, isRetransmission: isRetransmission, isOpened: isOpened,
                isKeyframeStart: isKeyframeStart, arrival: now),
            payload)
    }
}
