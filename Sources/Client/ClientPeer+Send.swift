import Primitives
import RTP
import SRTP

// Media to the server.
extension ClientPeer {
    /// Sends one packet of an encoding; nothing before the handshake is complete.
    ///
    /// - Parameter capturedAt: the capture time of the frame, for sender reports; `now` if it does not matter.
    /// - Returns: the packet's sequence number, or `nil` if nothing was sent.
    @discardableResult
    package func send(
        _ packet: OutgoingMedia, publication: Int, encoding: Int = 0, capturedAt: MonotonicInstant
    ) -> UInt16? {
        guard isEstablished, encodings.indices.contains(publication),
            encodings[publication].indices.contains(encoding)
        else { return nil }
        let section = parameters.publications[publication]
        let source = encodings[publication][encoding]
        let clockRate = section.payloads.first { $0.payloadType == packet.payloadType }?.format.codec.clockRate
        let sequence = source.noteSent(packet, clockRate: clockRate ?? 90_000, capturedAt: capturedAt)
        source.sent.keep(
            SentPackets.Packet(
                sequence: sequence, timestamp: packet.timestamp, payloadType: packet.payloadType,
                isMarked: packet.isMarked, payload: packet.payload))
        var builder = RTPPacketBuilder(
            payloadType: packet.payloadType, sequenceNumber: UInt16(truncatingIfNeeded: sequence),
            timestamp: packet.timestamp, ssrc: source.ssrc, payload: packet.payload)
        builder.isMarker = packet.isMarked
        builder.extensions = extensions(of: source, in: section, isRepair: false, audioLevel: packet.audioLevel)
        return send(builder) ? UInt16(truncatingIfNeeded: sequence) : nil
    }

    /// Retransmits a packet of the encoding as RTX (RFC 4588 section 4), if that was negotiated.
    func retransmit(_ sequence: UInt16, of source: SendingEncoding) {
        let section = parameters.publications[source.publication]
        let delta = Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: source.nextSequence))
        guard let packet = source.sent.find(source.nextSequence &+ Int64(delta)),
            let type = section.payloads.first(where: { $0.payloadType == packet.payloadType })?.rtxPayloadType
        else { return }
        var payload: [UInt8] = []
        payload.append(bigEndian: sequence)
        payload.append(contentsOf: packet.payload)
        var builder = RTPPacketBuilder(
            payloadType: type, sequenceNumber: UInt16(truncatingIfNeeded: source.nextRTXSequence),
            timestamp: packet.timestamp, ssrc: source.rtxSSRC, payload: payload)
        source.nextRTXSequence &+= 1
        builder.isMarker = packet.isMarked
        builder.extensions = extensions(of: source, in: section, isRepair: true, audioLevel: nil)
        if send(builder) { source.packetsRetransmitted &+= 1 }
    }

    /// The header extensions of a packet: the transport-wide number, and until the server has reported on the SSRC also
    /// MID and RID. Servers report on no RTX stream, so those always tell them, as browsers' do.
    private func extensions(
        of source: SendingEncoding, in section: ReceiveParameters, isRepair: Bool, audioLevel: AudioLevel?
    ) -> [RTPPacketBuilder.Element] {
        var elements: [RTPPacketBuilder.Element] = []
        let map = section.extensions
        if let identifier = map[.transportSequenceNumber] {
            let number = transportSequence
            transportSequence &+= 1
            elements.append(
                .init(identifier: identifier, data: [UInt8(number &>> 8), UInt8(truncatingIfNeeded: number)]))
        }
        if let identifier = map[.audioLevel], let audioLevel {
            elements.append(.init(identifier: identifier, data: [audioLevel.octet]))
        }
        guard isRepair || !source.isKnownToServer else { return elements }
        if let identifier = map[.mid] { elements.append(.init(identifier: identifier, data: Array(section.mid.utf8))) }
        if let rid = source.rid, let identifier = map[isRepair ? .repairedRid : .rid] {
            elements.append(.init(identifier: identifier, data: Array(rid.utf8)))
        }
        return elements
    }

    /// Sends an RTP packet unchanged, for tests of packets that a server must refuse.
    @discardableResult
    package func send(_ packet: RTPPacketBuilder) -> Bool {
        guard let path = selectedPath, let keys else { return false }
        if rtpSender == nil { rtpSender = try? SRTPProtector(profile: keys.profile, key: keys.local) }
        guard let rtpSender else { return false }
        scratch.removeAll(keepingCapacity: true)
        packet.append(to: &scratch)
        return unsafe outbound.append(scratch, spare: keys.profile.rtpOverhead, on: path) { place, count in
            unsafe rtpSender.protectRTP(place, count: count)
        }
    }

    /// Sends RTCP packets as one datagram, unchanged.
    @discardableResult
    package func sendRTCP(_ packets: [RTCPPacket]) -> Bool {
        guard let path = selectedPath, let rtcpSender, let keys else { return false }
        scratch.removeAll(keepingCapacity: true)
        for packet in packets { packet.append(to: &scratch) }
        return unsafe outbound.append(scratch, spare: keys.profile.rtcpOverhead, on: path) { place, count in
            unsafe rtcpSender.protect(place, count: count)
        }
    }
}
