import DTLS
import ICE
import Primitives
import RTP
import SRTP

// The road of a datagram from the server.
extension ClientPeer {
    /// Takes one datagram, which is changed in place.
    package func receive(_ datagram: UnsafeMutableRawBufferPointer, on path: NetworkPath, now: MonotonicInstant) {
        guard !isClosed else { return }
        let bytes = unsafe UnsafeBufferPointer(datagram.assumingMemoryBound(to: UInt8.self))
        switch unsafe DatagramKind(datagram: bytes.span) {
        case .rtp: unsafe receiveRTP(datagram, now: now)
        case .rtcp: unsafe receiveRTCP(datagram, now: now)
        case .stun: unsafe receiveSTUN(bytes.span, on: path, now: now)
        case .dtls:
            unsafe endpoint.receive(bytes.span, now: now)
            settle(now: now)
        case .drop: dropped.unexpected += 1
        }
    }

    /// Takes one datagram.
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
        var count = datagram.count
        if options.opensMedia {
            switch unsafe receiver.unprotectRTP(datagram) {
            case .ok(let clear): count = clear
            case .authenticationFailed: return dropped.notAuthentic += 1
            case .replayed: return dropped.replayed += 1
            case .malformed: return dropped.malformed += 1
            }
        }
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        unsafe receiveMedia(clear.span, now: now)
    }

    private func receiveMedia(_ bytes: Span<UInt8>, now: MonotonicInstant) {
        guard let header = try? RTPHeader(parsing: bytes) else { return dropped.malformed += 1 }
        guard let index = slotBySSRC[header.ssrc.rawValue] else { return dropped.unknownSSRC += 1 }
        let slot = slots[index]
        let extensions = ReceivedExtensions(parsing: bytes, header: header, lookup: slot.lookup)
        if let number = extensions.transportSequenceNumber, slot.hasTransportFeedback {
            arrivals.note(number, at: now)
        }
        switch slot.payload(of: header.payloadType) {
        case .media(let codec): receive(header, codec, bytes, in: slot, now: now)
        case .retransmission(let codec): receiveRepair(header, codec, bytes, in: slot, now: now)
        case nil: slot.unknownPayloadTypes += 1
        }
    }

    private func receive(
        _ header: RTPHeader, _ codec: Codec, _ bytes: Span<UInt8>, in slot: ReceivingSlot, now: MonotonicInstant
    ) {
        let sequence = slot.statistics.note(
            sequence: header.sequenceNumber, timestamp: header.timestamp, octets: header.payloadCount, arrival: now)
        if slot.missing.note(sequence, now: now) == .duplicate { return slot.statistics.duplicates &+= 1 }
        deliver(
            header, codec, bytes.extracting(header.payloadRange), sequence: sequence, in: slot,
            source: source(header, bytes),
            isRetransmission: false, now: now)
    }

    /// RTX (RFC 4588 section 4): the original number, then the original payload.
    private func receiveRepair(
        _ header: RTPHeader, _ codec: Codec, _ bytes: Span<UInt8>, in slot: ReceivingSlot, now: MonotonicInstant
    ) {
        let payload = bytes.extracting(header.payloadRange)
        // Encrypted, the original number cannot be read.
        guard options.opensMedia, case .retransmission(let original) = RTXPayload(payload: payload) else { return }
        let sequence = slot.statistics.extended(original)
        guard slot.missing.note(sequence, now: now) == .repaired else { return slot.statistics.duplicates &+= 1 }
        slot.statistics.repaired &+= 1
        deliver(
            header, codec, payload.extracting(RTXPayload.headerCount...), sequence: sequence, in: slot,
            source: source(header, bytes), isRetransmission: true, now: now)
    }

    private func source(_ header: RTPHeader, _ bytes: Span<UInt8>) -> UInt32? {
        header.csrcCount > 0 ? try? bytes.uint32(at: RTPHeader.fixedCount) : nil
    }

    private func deliver(
        _ header: RTPHeader, _ codec: Codec, _ payload: Span<UInt8>, sequence: Int64, in slot: ReceivingSlot,
        source: UInt32?, isRetransmission: Bool, now: MonotonicInstant
    ) {
        let isKeyframeStart =
            options.opensMedia && codec.kind == .video
            && PayloadInspection(codec: codec, payload: payload).isKeyframeStart
        if options.opensMedia { slot.notePicture(isKeyframeStart: isKeyframeStart, source: source, now: now) }
        guard let mediaHandler else { return }
        mediaHandler(
            IncomingMedia(
                slot: slot.index, payloadType: header.payloadType, isMarked: header.isMarker, sequence: sequence,
                timestamp: header.timestamp, source: source, isRetransmission: isRetransmission,
                isKeyframeStart: isKeyframeStart, arrival: now),
            payload)
    }
}
