import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// RTCP that goes out: to publishers receiver reports, transport-wide feedback, and requests for missing packets and for
// keyframes; to viewers sender reports.
extension MediaWorker {
    /// The first report follows the handshake after this time, so that lip sync does not wait a whole interval.
    static let firstReport = Duration.milliseconds(250)
    /// The next report follows a switch after this time: sound and picture of a seat mostly switch together.
    static let reportAfterSwitch = Duration.milliseconds(30)
    /// Between reports (RFC 3550 section 6.2 with the reduced minimum of RFC 4585).
    static let reportInterval = Duration.seconds(1)

    /// Sends the peer what is due.
    func sendReports(of peer: Peer, now: MonotonicInstant) {
        if let due = peer.nextReport, due <= now {
            peer.nextReport = now + Self.reportInterval
            limitEncodings(of: peer, now: now)
            sendReceiverReport(of: peer, now: now)
            sendSenderReports(of: peer, now: now)
            forgetPredecessors(of: peer, now: now)
            fitHistory(of: peer, now: now)
        }
        if let due = peer.transport.arrivals.nextTimeout, due <= now { sendTransportFeedback(of: peer) }
        requestMissing(of: peer, now: now)
        requestKeyframes(of: peer, now: now)
        tellMissingKeyframes(of: peer, now: now)
    }

    /// Lets the history of what is sent grow with the rate.
    private func fitHistory(of peer: Peer, now: MonotonicInstant) {
        guard let history = peer.transport.history else { return }
        let record = unsafe egress.peers[peer.index]
        guard unsafe history.fit(next: record.pointee.transportSequence, now: now) else { return }
        unsafe record.pointee.history = history.reference
    }

    private func sendReceiverReport(of peer: Peer, now: MonotonicInstant) {
        var blocks: [ReportBlock] = []
        var worstLoss: UInt8 = 0
        for track in peer.tracks {
            for encoding in track.encodings {
                guard let ssrc = encoding.ssrc, let report = encoding.statistics.takeReport() else { continue }
                encoding.fractionLost = report.fractionLost
                worstLoss = max(worstLoss, report.fractionLost)
                let last = encoding.lastSenderReport
                let delay = last.map { (now - $0.at).wholeNanoseconds } ?? 0
                blocks.append(
                    ReportBlock(
                        ssrc: ssrc, fractionLost: report.fractionLost, cumulativeLost: report.cumulativeLost,
                        extendedHighestSequenceNumber: report.extendedHighestSequence, jitter: report.jitter,
                        lastSenderReport: last?.middle ?? 0,
                        delaySinceLastSenderReport: UInt32(clamping: delay &* 65_536 / 1_000_000_000)))
            }
        }
        guard !blocks.isEmpty else { return }
        let reporter = SSRC(peer.reporter)
        // The reference time lets a sender answer with DLRR, the only way to learn the round trip to one that receives
        // nothing from us.
        let reference = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ wallClockOffset)
        var packets: [RTCPPacket] = [
            .receiverReport(ReceiverReport(ssrc: reporter, reportBlocks: blocks)),
            .sourceDescription(description(of: peer)),
            .extendedReport(ExtendedReport(ssrc: reporter, blocks: [.receiverReferenceTime(reference)])),
        ]
        peer.uplink?.update(fractionLost: worstLoss, now: now)
        if let measured = peer.uplink?.value {
            let rate = usableRate(of: peer).map { min($0, measured) } ?? measured
            packets.append(
                .remb(
                    ReceiverEstimatedMaximumBitrate(senderSSRC: reporter, bitrate: rate, sources: blocks.map(\.ssrc))))
        }
        sendRTCP(packets, to: peer)
    }

    private func description(of peer: Peer) -> SourceDescription {
        SourceDescription(ssrc: SSRC(peer.reporter), cname: "forestage")
    }

    private func sendSenderReports(of peer: Peer, now: MonotonicInstant) {
        var packets: [RTCPPacket] = []
        let wallClock = now.nanoseconds &+ wallClockOffset
        for (slot, state) in peer.slots.enumerated() {
            let subscription = unsafe router.subscriptions[state.subscription]
            guard unsafe subscription.pointee.packetsSent > 0,
                let current = unsafe subscription.pointee.currentEncoding,
                let segment = unsafe subscription.pointee.rewriter.current, segment.source == current,
                let encoding = router.encodings[current],
                let newest = unsafe encoding.buffer.find(encoding.buffer.highest),
                unsafe encoding.clock.agrees(
                    with: newest.pointee.timestamp, arrivedAt: newest.pointee.arrival.nanoseconds &+ wallClockOffset,
                    clockRate: subscription.pointee.clockRate),
                let timestamp = unsafe encoding.clock.timestamp(
                    at: wallClock, clockRate: subscription.pointee.clockRate)
            else { continue }
            let ssrc = unsafe SSRC(subscription.pointee.ssrc)
            let report = unsafe SenderReport(
                ssrc: ssrc, ntpTimestamp: NTPTimestamp(nanosecondsSince1970: wallClock),
                rtpTimestamp: timestamp &+ segment.timestampOffset, packetCount: subscription.pointee.packetsSent,
                octetCount: subscription.pointee.octetsSent, reportBlocks: [])
            packets.append(.senderReport(report))
            let cname = peer.transport.parameters.slots[slot].cname
            packets.append(.sourceDescription(SourceDescription(ssrc: ssrc, cname: cname)))
            if packets.count >= 2 * Self.reportsPerDatagram {
                sendRTCP(packets, to: peer)
                packets.removeAll(keepingCapacity: true)
            }
        }
        if !packets.isEmpty { sendRTCP(packets, to: peer) }
    }

    /// Sender reports, with their descriptions, that share a datagram.
    private static let reportsPerDatagram = 8

    private func sendTransportFeedback(of peer: Peer) {
        guard let arrivals = peer.transport.arrivals.take() else { return }
        let media = peer.tracks.lazy.flatMap(\.encodings).compactMap(\.ssrc).first ?? SSRC(0)
        let reports = TransportFeedback.reports(
            on: arrivals.times, from: arrivals.base, senderSSRC: SSRC(peer.reporter), mediaSSRC: media,
            firstFeedbackCount: peer.feedbackCount)
        for report in reports {
            peer.feedbackCount &+= 1
            sendRTCP([.transportFeedback(report)], to: peer)
        }
    }

    /// Between two datagrams that ask a publisher for missing packets, so that they gather.
    static let nackInterval = Duration.milliseconds(20)
    /// Numbers asked for in one datagram: in the worst case each takes four octets.
    private static let numbersPerRequest = 256

    /// Asks for every missing packet that is due, all encodings in one datagram.
    private func requestMissing(of peer: Peer, now: MonotonicInstant) {
        guard peer.nextNACK <= now else { return }
        var packets: [RTCPPacket] = []
        var asked = 0
        for track in peer.tracks where track.isOpen {
            let sendsAgain = track.receive.payloads.contains { $0.feedback.contains(.nack) }
            for encoding in track.encodings {
                guard let ssrc = encoding.ssrc, let due = encoding.missing.nextTimeout, due <= now else { continue }
                missingNumbers.removeAll(keepingCapacity: true)
                let givenUp =
                    sendsAgain
                    ? encoding.missing.takeDue(now: now, roundTrip: peer.roundTrip.value, into: &missingNumbers)
                    : encoding.missing.giveUpDue(now: now)
                // Whoever watches is stuck at the gap until the next keyframe.
                if givenUp > 0, track.kind == .video, !encoding.subscribers.isEmpty {
                    encoding.keyframes.want(at: now)
                }
                guard !missingNumbers.isEmpty else { continue }
                if asked + missingNumbers.count > Self.numbersPerRequest, !packets.isEmpty {
                    sendRTCP(packets, to: peer)
                    packets.removeAll()
                    asked = 0
                }
                asked += missingNumbers.count
                counters.statistics.packetsRequested &+= UInt64(missingNumbers.count)
                packets.append(
                    .nack(
                        GenericNACK(
                            senderSSRC: SSRC(peer.reporter), mediaSSRC: ssrc, sequenceNumbers: missingNumbers)))
            }
        }
        guard !packets.isEmpty else { return }
        peer.nextNACK = now + Self.nackInterval
        sendRTCP(packets, to: peer)
    }

    private func requestKeyframes(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks where track.kind == .video && track.isOpen {
            guard let ssrc = track.takeKeyframeRequest(now: now)?.ssrc else { continue }
            requestKeyframe(of: ssrc, track, from: peer)
        }
    }

    /// Tells of encodings that viewers wait for and whose publisher answers no request.
    private func tellMissingKeyframes(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks where track.kind == .video && track.isOpen {
            for encoding in track.encodings where encoding.ssrc != nil && encoding.isWatched {
                guard let since = encoding.keyframes.wantedSince, encoding.keyframes.takeTelling(now: now) else {
                    continue
                }
                events.append(
                    .keyframeMissing(
                        track.id, rid: encoding.rid, waited: now - since, requests: encoding.keyframes.unanswered))
            }
        }
    }

    private func requestKeyframe(of ssrc: SSRC, _ track: PublishedTrack, from peer: Peer) {
        let feedback = track.receive.payloads.first?.feedback ?? []
        if feedback.contains(.fir), !feedback.contains(.pli) {
            peer.fullIntraCount &+= 1
            let entry = FullIntraRequest.Entry(ssrc: ssrc, sequenceNumber: peer.fullIntraCount)
            let request = FullIntraRequest(senderSSRC: SSRC(peer.reporter), entries: [entry])
            sendRTCP([.fullIntraRequest(request)], to: peer)
        } else {
            let request = PictureLossIndication(senderSSRC: SSRC(peer.reporter), mediaSSRC: ssrc)
            sendRTCP([.pictureLossIndication(request)], to: peer)
        }
        counters.statistics.keyframeRequestsSent &+= 1
    }

    /// Sends RTCP packets as one datagram.
    private func sendRTCP(_ packets: [RTCPPacket], to peer: Peer) {
        guard let protection = peer.transport.rtcpSender, let path = peer.transport.selectedPath else {
            return drop(.senderClosed, of: peer)
        }
        guard egress.sendRTCP(packets, protectedBy: protection, to: Route(path)) else {
            return peer.drops.count(.sendFailed)
        }
    }
}
