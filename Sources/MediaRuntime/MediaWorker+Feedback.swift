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
        guard let receiver = peer.transport.receiver else { return drop(.notEstablished, of: peer) }
        guard let count = unsafe octetsInClear(receiver.unprotectRTCP(datagram), of: peer, on: path, now: now)
        else { return }
        if peer.transport.noteMedia(on: path, now: now) { reschedule(peer) }
        peer.lastHeard = now
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        let content = unsafe RTCPCompound.read(clear.span)
        let parts = content.faults.count - (content.isCut ? 1 : 0)
        if parts > 0 { drop(.rtcpPartMalformed, of: peer, by: UInt64(parts)) }
        if content.isCut { drop(.rtcpMalformed, of: peer) }
        for packet in content.packets {
            switch packet {
            case .senderReport(let report):
                noteSenderReport(report, from: peer, now: now)
                noteRoundTrip(report.reportBlocks, from: peer, now: now)
                noteLoss(report.reportBlocks, from: peer, now: now)
            case .nack(let nack): retransmit(nack, to: peer, now: now)
            case .pictureLossIndication(let request): wantKeyframe(ofSlot: request.mediaSSRC, of: peer, now: now)
            case .fullIntraRequest(let request):
                for entry in request.entries { wantKeyframe(ofSlot: entry.ssrc, of: peer, now: now) }
            case .receiverReport(let report):
                noteRoundTrip(report.reportBlocks, from: peer, now: now)
                noteLoss(report.reportBlocks, from: peer, now: now)
            case .extendedReport(let report): noteRoundTrip(report, from: peer, now: now)
            case .transportFeedback(let feedback): noteFeedback(feedback, from: peer, now: now)
            case .remb(let limit): noteLimit(limit.bitrate, from: peer, now: now)
            case .sourceDescription, .goodbye, .unknown:
                break
            }
        }
    }

    private func noteSenderReport(_ report: SenderReport, from peer: Peer, now: MonotonicInstant) {
        guard let source = peer.sources[report.ssrc.rawValue], !source.isRetransmission else { return }
        let encoding = peer[source.track][source.encoding]
        // One of an SSRC whose encoding goes on with another, or has not begun with this one, tells nothing of it.
        guard encoding.id == source.id else { return }
        encoding.lastSenderReport = (middle: report.ntpTimestamp.compact, at: now)
        // The report's time on the server's scale: how far it lies from now on the publisher's NTP clock.
        let wallClock = now.nanoseconds &+ wallClockOffset
        let sinceNow = report.ntpTimestamp - NTPTimestamp(nanosecondsSince1970: wallClock)
        let translated = peer.clockOffset.translate(
            remote: wallClock &+ sinceNow.wholeNanoseconds, local: wallClock)
        // Before a publisher's first packet on stage its clock stands where it stopped.
        guard peer[source.track].hasStarted else { return }
        encoding.clock.note(
            timestamp: report.rtpTimestamp, wallClock: translated, remote: wallClock &+ sinceNow.wholeNanoseconds,
            at: now)
        peer[source.track].noteReport()
    }

    /// Learns the round trip to a viewer from what it says of our sender reports (RFC 3550 section 6.4.1).
    private func noteRoundTrip(_ blocks: [ReportBlock], from peer: Peer, now: MonotonicInstant) {
        let arrival = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ wallClockOffset)
        for block in blocks {
            if let measured = block.roundTripTime(arrival: arrival) { peer.roundTrip.note(measured) }
        }
    }

    /// Learns the round trip to a publisher from its answer to our reference time (RFC 3611 section 4.5).
    private func noteRoundTrip(_ report: ExtendedReport, from peer: Peer, now: MonotonicInstant) {
        let arrival = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ wallClockOffset)
        for case .delaysSinceLastReceiverReport(let delays) in report.blocks {
            for delay in delays where delay.ssrc.rawValue == peer.reporter {
                if let measured = delay.roundTripTime(arrival: arrival) { peer.roundTrip.note(measured) }
            }
        }
    }

    /// The peer's slot that sends with `ssrc`, looked for in order: a peer has a few dozen at most.
    func slot(_ ssrc: SSRC, of peer: Peer) -> Int? {
        peer.slots.firstIndex { unsafe router.subscriptions[$0.subscription].pointee.ssrc == ssrc.rawValue }
    }

    private func wantKeyframe(ofSlot ssrc: SSRC, of peer: Peer, now: MonotonicInstant) {
        guard let slot = slot(ssrc, of: peer) else { return drop(.feedbackForUnknownSSRC, of: peer) }
        router.wantKeyframe(
            for: peer.slots[slot].subscription, roundTrip: peer.roundTrip.value, now: now)
        carryOutRequests(now: now)
    }

    private func retransmit(_ nack: GenericNACK, to peer: Peer, now: MonotonicInstant) {
        guard let slot = slot(nack.mediaSSRC, of: peer) else { return drop(.feedbackForUnknownSSRC, of: peer) }
        let subscription = unsafe router.subscriptions[peer.slots[slot].subscription]
        guard unsafe subscription.pointee.rtxPayloadType != 0 else {
            return drop(.retransmissionNotNegotiated, of: peer)
        }
        // The path carries no picture of this slot; what follows the pause begins with a keyframe.
        guard !router.isPaused(peer.slots[slot].subscription) else { return drop(.retransmissionRefused, of: peer) }
        nack.forEachSequenceNumber { sequence in
            if let refusal = unsafe retransmit(sequence, through: subscription, slot: slot, to: peer, now: now) {
                drop(refusal, of: peer)
            } else {
                peer.slots[slot].packetsRetransmitted &+= 1
            }
        }
    }

    /// Sends one packet again out of the publisher's buffer.
    ///
    /// - Returns: why it was not sent; `nil` where it was.
    private func retransmit(
        _ sequence: UInt16, through subscription: UnsafeMutablePointer<Subscription>, slot: Int, to peer: Peer,
        now: MonotonicInstant
    ) -> DropReason? {
        guard let sent = unsafe packetSent(as: sequence, through: subscription) else { return .retransmissionGone }
        let view = unsafe sent.view
        // Audio that is unwrapped for this viewer is not sent again: nobody negotiates RTX for it.
        guard view.redundancy == .none else { return .retransmissionNotNegotiated }
        let record = unsafe egress.peers[peer.index]
        guard unsafe record.pointee.isOpen, unsafe record.pointee.key != nil else { return .senderClosed }
        // One that came so late from the publisher that it was missed here is still on its way for the first time; what
        // was really lost cannot be asked for within a round trip.
        let isUnderWay = now - view.arrival < peer.roundTrip.value * 3 / 4
        guard !(isUnderWay && peer.roundTrip.isMeasured) else { return .retransmissionRefused }
        let allowed = unsafe peer.slots[slot].repair.request(
            sequence, octets: view.payloadCount, octetsSent: subscription.pointee.octetsSent,
            roundTrip: peer.roundTrip.value, now: now)
        guard case .send = allowed else { return .retransmissionRefused }
        unsafe resend(sent, as: sequence, through: subscription, to: record)
        return nil
    }

    /// A packet that a slot has sent, as it was in the slot's lane: what is in the publisher's buffer, and how it was renumbered.
    @unsafe struct SentPacket {
        let view: StoredPacket
        let payload: UnsafeMutablePointer<UInt8>
        let segment: StreamRewriter.Segment
    }

    /// Finds the packet that a slot sent with a number; `nil` where none is stored any more.
    func packetSent(as sequence: UInt16, through subscription: UnsafeMutablePointer<Subscription>) -> SentPacket? {
        guard let place = unsafe subscription.pointee.rewriter.locate(sequence),
            let encoding = router.encodings[place.segment.source],
            let kept = unsafe encoding.packet(
                numbered: place.sequence &- place.segment.sequenceOffset, in: place.segment)
        else { return nil }
        return unsafe SentPacket(
            view: kept.view, payload: encoding.buffer.payload(of: kept.stored), segment: place.segment)
    }

    /// Sends a packet again as RTX.
    ///
    /// - Returns: octets of the datagram; 0 where it could not be sent.
    @discardableResult
    func resend(
        _ sent: SentPacket, as sequence: UInt16, kind: PacketKind = .retransmission, cluster: UInt8 = 0,
        through subscription: UnsafeMutablePointer<Subscription>, to peer: UnsafeMutablePointer<PeerEgress>
    ) -> Int {
        var view = unsafe sent.view
        return unsafe withUnsafeMutablePointer(to: &view) { packet in
            unsafe egress.resend(
                packet, sent.payload, as: sequence, of: sent.segment, kind: kind, cluster: cluster,
                through: subscription, to: peer)
        }
    }
}
