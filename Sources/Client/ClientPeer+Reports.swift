import ICE
import Primitives
import RTP

// RTCP to the server.
extension ClientPeer {
    /// Sends the reports and requests that are due.
    func sendWhatIsDue(now: MonotonicInstant) {
        if let due = nextReport, due <= now {
            nextReport = now + Self.reportInterval
            sendSenderReports(now: now)
            sendReceiverReport(now: now)
        }
        if options.sendsTransportFeedback, let due = arrivals.nextTimeout, due <= now { sendTransportFeedback() }
        for slot in slots {
            if options.sendsNACK, slot.missing.count > 0 { requestMissing(of: slot, now: now) }
            if options.requestsKeyframes, let due = slot.keyframeDue, due <= now {
                requestKeyframe(slot: slot.index)
                slot.keyframeDue = now + ReceivingSlot.keyframeRetry
            }
        }
    }

    /// Requests a keyframe of the slot's track from the server.
    package func requestKeyframe(slot index: Int) {
        guard slots.indices.contains(index) else { return }
        let request = PictureLossIndication(senderSSRC: reporter, mediaSSRC: slots[index].parameters.ssrc)
        if sendRTCP([.pictureLossIndication(request)]) { slots[index].keyframeRequests += 1 }
    }

    private func requestMissing(of slot: ReceivingSlot, now: MonotonicInstant) {
        guard let due = slot.missing.nextTimeout, due <= now else { return }
        let numbers = slot.missing.takeDue(now: now)
        guard !numbers.isEmpty, slot.hasNACK else { return }
        let nack = GenericNACK(
            senderSSRC: reporter, mediaSSRC: slot.parameters.ssrc, sequenceNumbers: numbers)
        if sendRTCP([.nack(nack)]) { slot.nacksSent += 1 }
    }

    /// One datagram per encoding, because browsers report audio and video separately.
    private func sendSenderReports(now: MonotonicInstant) {
        let timestamp = NTPTimestamp(nanosecondsSince1970: now.nanoseconds &+ options.wallClockOffset)
        for row in encodings {
            for encoding in row {
                guard let rtpTimestamp = encoding.timestamp(at: now) else { continue }
                let report = SenderReport(
                    ssrc: encoding.ssrc, ntpTimestamp: timestamp, rtpTimestamp: rtpTimestamp,
                    packetCount: encoding.packetsSent, octetCount: encoding.octetsSent)
                let description = SourceDescription(
                    ssrc: encoding.ssrc, cname: parameters.localCredentials.usernameFragment)
                sendRTCP([.senderReport(report), .sourceDescription(description)])
            }
        }
    }

    private func sendReceiverReport(now: MonotonicInstant) {
        var blocks: [ReportBlock] = []
        for slot in slots {
            guard let report = slot.statistics.takeReport() else { continue }
            let last = slot.lastSenderReport
            let delay = last.map { (now - $0.at).wholeNanoseconds } ?? 0
            blocks.append(
                ReportBlock(
                    ssrc: slot.parameters.ssrc, fractionLost: report.fractionLost,
                    cumulativeLost: report.cumulativeLost,
                    extendedHighestSequenceNumber: report.extendedHighestSequence, jitter: report.jitter,
                    lastSenderReport: last?.report.ntpTimestamp.compact ?? 0,
                    delaySinceLastSenderReport: UInt32(clamping: delay &* 65_536 / 1_000_000_000)))
        }
        guard !blocks.isEmpty else { return }
        sendRTCP([.receiverReport(ReceiverReport(ssrc: reporter, reportBlocks: blocks))])
    }

    private func sendTransportFeedback() {
        guard let (base, times) = arrivals.takeArrivals() else { return }
        let media = slots.first?.parameters.ssrc ?? SSRC(0)
        let reports = TransportFeedback.reports(
            on: times, from: base, senderSSRC: reporter, mediaSSRC: media, firstFeedbackCount: feedbackCount)
        for report in reports {
            feedbackCount &+= 1
            sendRTCP([.transportFeedback(report)])
        }
    }
}
