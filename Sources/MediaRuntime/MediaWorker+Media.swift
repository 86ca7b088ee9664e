import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The road of a publisher's packet, from its transport to the track's buffer.
extension MediaWorker {
    func receiveRTP(
        _ datagram: UnsafeMutableRawBufferPointer, from peer: Peer, on path: NetworkPath, now: MonotonicInstant
    ) {
        guard let receiver = peer.transport.receiver else { return drop(.notEstablished, of: peer) }
        guard let count = unsafe octetsInClear(receiver.unprotectRTP(datagram), of: peer, on: path, now: now)
        else { return }
        if peer.transport.noteMedia(on: path, now: now) { reschedule(peer) }
        peer.lastHeard = now
        peer.uplink?.note(octets: count)
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        unsafe receiveClear(clear.span, from: peer, now: now)
    }

    /// Octets of a packet that was opened; `nil` where it was not, which is counted.
    func octetsInClear(
        _ outcome: SRTPUnprotected, of peer: Peer, on path: NetworkPath, now: MonotonicInstant
    ) -> Int? {
        switch outcome {
        case .ok(let count):
            peer.lastHeard = now
            return count
        case .authenticationFailed: drop(.srtpAuthentication, of: peer)
        case .replayed:
            peer.transport.noteReplay(on: path, now: now)
            drop(.srtpReplay, of: peer)
        case .malformed: drop(.srtpMalformed, of: peer)
        }
        return nil
    }

    private func receiveClear(_ bytes: Span<UInt8>, from peer: Peer, now: MonotonicInstant) {
        guard let header = try? RTPHeader(parsing: bytes) else { return drop(.rtpMalformed, of: peer) }
        let extensions = ReceivedExtensions(parsing: bytes, header: header, lookup: peer.lookup)
        if let number = extensions.transportSequenceNumber { noteArrival(number, from: peer, now: now) }
        guard let source = peer.sources[header.ssrc.rawValue] ?? latch(header, extensions, bytes, of: peer, now: now)
        else { return }
        let payload = bytes.extracting(header.payloadRange)
        let track = peer[source.track]
        if source.isRetransmission {
            receiveRetransmission(header, extensions, bytes, payload, of: source, from: peer, now: now)
        } else {
            guard let format = track.payload(ofType: header.payloadType) else {
                return drop(.unknownPayloadType, of: peer)
            }
            guard let encoding = encoding(of: source, ssrc: header.ssrc, from: peer, now: now) else {
                return drop(.supersededSSRC, of: peer)
            }
            encoding.lastPacketAt = now
            if !track.isAudio { encoding.rate.note(octets: payload.count, at: now) }
            let sequence = encoding.statistics.note(
                sequence: header.sequenceNumber, timestamp: header.timestamp, arrival: now)
            // Received all the same: the publisher must not be told of loss, and its numbers must be followed.
            guard track.isOpen else { return drop(.gateClosed, of: peer) }
            let packet = storedPacket(
                header, extensions, bytes, sequence: sequence, format: format, of: encoding, track: track, now: now,
                payload: payload)
            guard let packet else { return drop(.payloadMalformed, of: peer) }
            let isLate = noteMissing(packet, of: encoding, track: track, format: format, peer: peer)
            store(
                packet, payload, of: encoding, track: track, from: peer, isLate: isLate, isRepeated: false, now: now)
        }
    }

    private func receiveRetransmission(
        _ header: RTPHeader, _ extensions: ReceivedExtensions, _ bytes: Span<UInt8>, _ payload: Span<UInt8>,
        of source: Peer.Source, from peer: Peer, now: MonotonicInstant
    ) {
        let track = peer[source.track]
        peer.sources[header.ssrc.rawValue]?.lastPacketAt = now
        guard track.isOpen else { return drop(.gateClosed, of: peer) }
        let original: UInt16
        switch RTXPayload(payload: payload) {
        // Padding alone probes for bandwidth; it was noted as an arrival and has done its duty.
        case .probe: return
        case .malformed: return drop(.retransmissionMalformed, of: peer)
        case .retransmission(let number): original = number
        }
        guard let format = track.payload(ofRetransmissionType: header.payloadType) else {
            return drop(.unknownPayloadType, of: peer)
        }
        guard let encoding = encoding(repairedBy: source, header, original: original, from: peer) else {
            return drop(.notStored, of: peer)
        }
        let content = payload.extracting(RTXPayload.headerCount...)
        let packet = storedPacket(
            header, extensions, bytes, sequence: encoding.statistics.extended(original), format: format, of: encoding,
            track: track, now: now, payload: content)
        guard let packet else { return drop(.payloadMalformed, of: peer) }
        let isLate = noteMissing(packet, of: encoding, track: track, format: format, peer: peer)
        store(packet, content, of: encoding, track: track, from: peer, isLate: isLate, isRepeated: true, now: now)
    }

    /// Notes which packets of the encoding are missing: to ask for them where the publisher sends them again, and else, of
    /// video, for a keyframe.
    ///
    /// - Returns: whether this one comes after others that follow it.
    private func noteMissing(
        _ packet: borrowing StoredPacket, of encoding: PublishedEncoding, track: PublishedTrack,
        format: ReceivedPayload, peer: Peer
    ) -> Bool {
        guard format.isSentAgain || !track.isAudio else { return false }
        var isLate = false
        let outcome = encoding.missing.note(packet.sequence, now: packet.arrival)
        switch outcome {
        // What is waited for is the same as before.
        case .newest where !packet.isKeyframeStart: return false
        case .old where !packet.isKeyframeStart: return true
        case .newest, .gap: break
        case .recovered(let requestedAt):
            isLate = true
            counters.statistics.packetsRecovered &+= 1
            if let requestedAt { peer.roundTrip.note(packet.arrival - requestedAt) }
        case .old: isLate = true
        case .interrupted:
            if !track.isAudio, !encoding.subscribers.isEmpty { encoding.keyframes.want(at: packet.arrival) }
        }
        if packet.isKeyframeStart {
            // The parameter sets of an H.264 keyframe may come in packets of their own before the first that says so.
            let margin: Int64 = format.codec == .h264 ? 4 : 0
            encoding.missing.keyframeBegan(at: packet.sequence &- margin)
        }
        reschedule(peer)
        return isLate
    }

    private func noteArrival(_ number: UInt16, from peer: Peer, now: MonotonicInstant) {
        if peer.transport.arrivals.note(number, arrival: now) { reschedule(peer) }
    }

    /// What the road must know of a packet; `nil` where its codec cannot have such a payload.
    private func storedPacket(
        _ header: RTPHeader, _ extensions: ReceivedExtensions, _ bytes: Span<UInt8>, sequence: Int64,
        format: ReceivedPayload, of encoding: PublishedEncoding, track: PublishedTrack, now: MonotonicInstant,
        payload: Span<UInt8>
    ) -> StoredPacket? {
        var packet = StoredPacket(
            sequence: sequence, timestamp: header.timestamp, arrival: now, payloadType: format.payloadType,
            isMarked: header.isMarker, audioLevel: extensions.audioLevel?.octet,
            videoOrientation: extensions.videoOrientation)
        let inspection = PayloadInspection(codec: format.codec, payload: payload)
        if !track.isAudio, payload.count > 0 {
            packet.layers = encoding.layers.read(
                bytes, dependencyDescriptor: extensions.dependencyDescriptor, payload: payload, inspection: inspection,
                isOpaque: track.isOpaque, timestamp: header.timestamp, isMarked: header.isMarker,
                isNewest: sequence > encoding.buffer.highest)
        }
        guard !track.isOpaque else {
            packet.inspect(opaque: inspection)
            if packet.isKeyframeStart { noteSize(of: inspection, payload, encoding: encoding, isOpaque: true) }
            return packet
        }
        guard !inspection.isMalformed else { return nil }
        packet.isKeyframeStart = inspection.isKeyframeStart
        if case .h264(let h264) = inspection.descriptor, !encoding.canBegin(with: h264, at: header.timestamp) {
            packet.isKeyframeStart = false
        }
        if packet.isKeyframeStart, !track.isAudio {
            noteSize(of: inspection, payload, encoding: encoding, isOpaque: false)
        }
        packet.picture = PictureNumbers(inspection)
        if case .red = format.codec, payload.count > 0 {
            let redundancy = RedundantAudio(parsing: payload) { type in
                track.receive.payloads.contains { $0.payloadType == type && $0.format.codec == .opus }
            }
            guard let redundancy else { return nil }
            packet.redundancy = redundancy
        }
        return packet
    }

    /// Notes how large the encoding's pictures are, where a keyframe tells it.
    private func noteSize(
        of inspection: PayloadInspection, _ payload: Span<UInt8>, encoding: PublishedEncoding, isOpaque: Bool
    ) {
        guard let size = inspection.pictureSize(in: payload, isOpaque: isOpaque) else { return }
        encoding.pictureSize = size
    }

    /// - Parameter isRepeated: whether the packet came again, which does not prove that the source still sends.
    private func store(
        _ packet: StoredPacket, _ payload: Span<UInt8>, of encoding: PublishedEncoding, track: PublishedTrack,
        from peer: Peer, isLate: Bool, isRepeated: Bool, now: MonotonicInstant
    ) {
        let outcome = router.store(
            packet, payload, of: encoding, track: track, isLate: isLate, isRepeated: isRepeated, now: now)
        switch outcome {
        case .tooLarge: return drop(.payloadTooLarge, of: peer)
        case .known: return drop(.notStored, of: peer)
        case .stored(let startsTrack):
            if startsTrack { events.append(.trackStarted(track.id)) }
        }
        if track.isAudio, let level = packet.audioLevel { noteLevel(AudioLevel(octet: level), of: track, now: now) }
    }
}

extension StoredPacket {
    /// Takes of an encrypted payload what is in clear whatever the page does: the descriptors that browsers write in front
    /// of VP8 and VP9 after the encryption. A keyframe is only believed where that or a clear frame header says so.
    fileprivate mutating func inspect(opaque inspection: PayloadInspection) {
        switch inspection.descriptor {
        case .vp8(let descriptor):
            picture = PictureNumbers(inspection)
            isBlindStart = descriptor.isFrameStart
            // The P bit alone may be chance: the start code behind it is not.
            isKeyframeStart = descriptor.isKeyframeStart && descriptor.size != nil
        case .vp9(let descriptor):
            picture = PictureNumbers(inspection)
            isBlindStart = descriptor.isFrameStart
            isKeyframeStart = descriptor.isKeyframeStart
        case .none, .h264, .av1:
            // A new timestamp tells that a frame begins.
            isBlindStart = true
            isKeyframeStart = inspection.isKeyframeStart && !inspection.isMalformed
        }
    }
}

extension PictureNumbers {
    /// The picture numbers of a VP8 or VP9 payload; absent for other codecs.
    init(_ inspection: PayloadInspection) {
        let picture: PictureID?
        let tl0: LocatedOctet?
        var isReferredTo = false
        switch inspection.descriptor {
        case .vp8(let descriptor):
            picture = descriptor.pictureID
            tl0 = descriptor.tl0PictureIndex
        case .vp9(let descriptor):
            picture = descriptor.pictureID
            tl0 = descriptor.tl0PictureIndex
            isReferredTo = true
        case .none, .h264, .av1:
            self.init()
            return
        }
        guard let picture else {
            self.init()
            return
        }
        let width: Width =
            switch picture.width {
            case .sevenBits: .short
            case .fifteenBits: .long
            }
        self.init(
            width: width, pictureID: picture.value, pictureIDOffset: UInt8(clamping: picture.offset),
            tl0Index: tl0?.value ?? 0, tl0IndexOffset: UInt8(clamping: tl0?.offset ?? 0), isReferredTo: isReferredTo)
    }
}
