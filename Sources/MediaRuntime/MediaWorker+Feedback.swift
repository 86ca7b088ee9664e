import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// RTCP that comes in: from publishers sender reports, from viewers NACK, PLI and FIR.
extension MediaWorker {
    func receiveRTCP(
        _ datagram: UnsafeMutableRawBufferPointer, from peer: Peer, on path: NetworkPath, now: MonotonicInstant
    ) {
        guard let receiver = peer.transport.receiver else { return drops.count(.notEstablished) }
        guard let count = unsafe octetsInClear(receiver.unprotectRTCP(datagram), of: peer, on: path, now: now)
        else { return }
        if peer.transport.noteMedia(on: path, now: now) { reschedule(peer) }
        peer.lastHeard = now
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        let content = unsafe RTCPCompound.read(clear.span)
        let parts = content.faults.count - (content.isCut ? 1 : 0)
        if parts > 0 { drops.count(.rtcpPartMalformed, by: UInt64(parts)) }
        if content.isCut { drops.count(.rtcpMalformed) }
        for packet in content.packets {
            switch packet {
            case .senderReport(let report):
                note(report, from: peer, now: now)
                note(report.reportBlocks, from: peer, now: now)
            case .nack(let nack): retransmit(nack, to: peer, now: now)
            case .pictureLossIndication(let request): wantKeyframe(ofSlot: request.mediaSSRC, of: peer, now: now)
            case .fullIntraRequest(let request):
                for entry in request.entries { wantKeyframe(ofSlot: entry.ssrc, of: peer, now: now) }
            case .receiverReport(let report): note(report.reportBlocks, from: peer, now: now)
            case .extendedReport(let report): note(report, from: peer, now: now)
            case .transportFeedback(let feedback):
                let next = unsafe senders[peer.index].pointee.transportSequence
                peer.transport.history?.note(feedback, next: next, now: now)
            case .sourceDescription, .goodbye, .remb, .unknown:
                break
            }
        }
    }

    private func note(_ report: SenderReport, from peer: Peer, now: MonotonicInstant) {
        guard let source = peer.sources[report.ssrc.rawValue], !source.isRetransmission else { return }
        let encoding = peer.tracks[source.track].encodings[source.encoding]
        // One of an SSRC whose encoding goes on with another, or has not begun with this one, tells nothing of it.
        guard encoding.number == source.number else { return }
        encoding.lastSenderReport = (middle: report.ntpTimestamp.compact, at: now)
        // The report's time on the server's scale: how far it lies from now on the publisher's NTP clock.
        let wallClock = now.nanoseconds &+ wallClockOffset
        let sinceNow = report.ntpTimestamp - NTPTimestamp(nanosecondsSince1970: wallClock)
        let translated = peer.clockOffset.translate(
            remote: wallClock &+ sinceNow.wholeNanoseconds, local: wallClock)
        // Before a publisher's first packet on stage its clock stands where it stopped.
        guard peer.tracks[source.track].hasStarted else { return }
        encoding.clock.note(timestamp: report.rtpTimestamp, wallClock: translated)
    }

    /// Learns the round trip to a viewer from what it says of our sender reports (RFC 3550 section 6.4.1).
    private func note(_ blocks: [ReportBlock], from peer: Peer, now: MonotonicInstant) {
        let arrival = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ wallClockOffset)
        for block in blocks {
            if let measured = block.roundTripTime(arrival: arrival) { peer.roundTrip.note(measured) }
        }
    }

    /// Learns the round trip to a publisher from its answer to our reference time (RFC 3611 section 4.5).
    private func note(_ report: ExtendedReport, from peer: Peer, now: MonotonicInstant) {
        let arrival = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ wallClockOffset)
        for case .delaysSinceLastReceiverReport(let delays) in report.blocks {
            for delay in delays where delay.ssrc.rawValue == peer.reporter {
                if let measured = delay.roundTripTime(arrival: arrival) { peer.roundTrip.note(measured) }
            }
        }
    }

    /// The record of the peer's slot that sends with `ssrc`.
    private func slot(_ ssrc: SSRC, of peer: Peer) -> UnsafeMutablePointer<DownTrack>? {
        for record in peer.slots where unsafe downTracks[record].pointee.ssrc == ssrc.rawValue {
            return unsafe downTracks[record]
        }
        return nil
    }

    private func wantKeyframe(ofSlot ssrc: SSRC, of peer: Peer, now: MonotonicInstant) {
        guard let down = unsafe slot(ssrc, of: peer) else { return drops.count(.feedbackForUnknownSSRC) }
        guard let fill = unsafe peer.fills[down.pointee.slot], let track = trackByID[fill.track] else { return }
        wantKeyframe(of: track, in: unsafe peer.slots[down.pointee.slot], of: peer, now: now)
    }

    private func retransmit(_ nack: GenericNACK, to peer: Peer, now: MonotonicInstant) {
        guard let down = unsafe slot(nack.mediaSSRC, of: peer) else { return drops.count(.feedbackForUnknownSSRC) }
        guard unsafe down.pointee.rtxPayloadType != 0 else { return drops.count(.retransmissionNotNegotiated) }
        nack.forEachSequenceNumber { unsafe retransmit($0, through: down, to: peer, now: now) }
    }

    /// Sends one packet again as RTX (RFC 4588 section 4), out of the publisher's buffer.
    private func retransmit(
        _ sequence: UInt16, through down: UnsafeMutablePointer<DownTrack>, to peer: Peer, now: MonotonicInstant
    ) {
        guard let place = unsafe down.pointee.rewriter.locate(sequence),
            let encoding = encodingByNumber[place.segment.source],
            let packet = unsafe encoding.buffer.find(place.sequence &- place.segment.sequenceOffset)
        else { return drops.count(.retransmissionGone) }
        // Sound that is unwrapped for this viewer is not sent again: nobody negotiates RTX for it.
        guard unsafe packet.pointee.redundancy == .none else { return drops.count(.retransmissionNotNegotiated) }
        let sender = unsafe senders[down.pointee.transport]
        guard unsafe sender.pointee.isOpen, let key = unsafe sender.pointee.key else {
            return drops.count(.senderClosed)
        }
        // One that came so late from the publisher that it was missed here is still on its way for the first time; what
        // was really lost cannot be asked for within a round trip.
        let isUnderWay = unsafe now - packet.pointee.arrival < peer.roundTrip.value * 3 / 4
        guard !(isUnderWay && peer.roundTrip.isMeasured) else { return drops.count(.retransmissionRefused) }
        let allowed = unsafe peer.repairs[down.pointee.slot].request(
            sequence, octets: packet.pointee.payloadCount, octetsSent: down.pointee.octetsSent,
            roundTrip: peer.roundTrip.value, now: now)
        guard case .send = allowed else { return drops.count(.retransmissionRefused) }
        if batch.isFull { flush() }
        let room = unsafe batch.reserve()
        let rtxSequence = unsafe down.pointee.takeRTXSequence()
        let transportSequence = unsafe takeTransportSequence(down, sender)
        let fields = unsafe HeaderLayout.Fields(
            payloadType: down.pointee.rtxPayloadType, isMarked: packet.pointee.isMarked,
            sequence: UInt16(truncatingIfNeeded: rtxSequence),
            timestamp: place.segment.timestamp(of: packet.pointee), ssrc: down.pointee.rtxSSRC,
            csrc: down.pointee.csrc,
            transportSequence: UInt16(truncatingIfNeeded: transportSequence),
            audioLevel: packet.pointee.audioLevel, videoOrientation: packet.pointee.videoOrientation)
        let headerCount = unsafe down.pointee.header.write(fields, to: room)
        let body = unsafe room + headerCount
        unsafe body[0] = UInt8(truncatingIfNeeded: sequence &>> 8)
        unsafe body[1] = UInt8(truncatingIfNeeded: sequence)
        let payloadCount = unsafe packet.pointee.payloadCount
        let copy = unsafe body + RTXPayload.headerCount
        unsafe copy.update(from: encoding.buffer.payload(of: packet), count: payloadCount)
        unsafe packet.pointee.picture.patch(copy, for: place.segment)
        guard
            let total = unsafe engine.seal(
                key, index: Self.packetIndex(rtxSequence), ssrc: down.pointee.rtxSSRC, packet: room,
                headerCount: headerCount, payload: body, payloadCount: payloadCount + RTXPayload.headerCount)
        else { return drops.count(.sendFailed) }
        unsafe commit(octets: total, to: sender.pointee.route)
        unsafe sender.pointee.history?.note(transportSequence, octets: total, now: now)
        statistics.packetsRetransmitted &+= 1
    }
}
