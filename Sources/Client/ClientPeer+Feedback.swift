import Primitives
import RTP
import SRTP

// RTCP from the server.
extension ClientPeer {
    func receiveRTCP(_ datagram: UnsafeMutableRawBufferPointer, now: MonotonicInstant) {
        guard let receiver else { return dropped.unexpected += 1 }
        let count: Int
        switch unsafe receiver.unprotectRTCP(datagram) {
        case .ok(let clear): count = clear
        case .authenticationFailed: return dropped.notAuthentic += 1
        case .replayed: return dropped.replayed += 1
        case .malformed: return dropped.malformed += 1
        }
        let clear = unsafe UnsafeBufferPointer(rebasing: datagram.assumingMemoryBound(to: UInt8.self)[..<count])
        let content = unsafe RTCPCompound.read(clear.span)
        dropped.malformed += content.faults.count
        for packet in content.packets {
            switch packet {
            case .senderReport(let report):
                noteSenderReport(report, now: now)
                noteReceptionReports(report.reportBlocks)
            case .receiverReport(let report): noteReceptionReports(report.reportBlocks)
            case .nack(let nack):
                guard let encoding = encodingBySSRC[nack.mediaSSRC.rawValue] else { break }
                nack.forEachSequenceNumber { retransmit($0, of: encoding) }
            case .pictureLossIndication(let request): wantKeyframe(of: request.mediaSSRC)
            case .fullIntraRequest(let request): for entry in request.entries { wantKeyframe(of: entry.ssrc) }
            case .transportFeedback(let feedback): events.append(.transportFeedback(feedback))
            case .extendedReport(let report): answer(report)
            case .remb(let estimate): events.append(.rateAllowed(estimate.bitrate))
            case .sourceDescription, .goodbye, .unknown: break
            }
        }
    }

    private func noteSenderReport(_ report: SenderReport, now: MonotonicInstant) {
        guard let index = slotBySSRC[report.ssrc.rawValue] else { return }
        slots[index].lastSenderReport = (report, now)
        events.append(.senderReport(slot: index, report))
    }

    private func noteReceptionReports(_ blocks: [ReportBlock]) {
        for block in blocks {
            guard let encoding = encodingBySSRC[block.ssrc.rawValue] else { continue }
            encoding.isKnownToServer = true
            events.append(.reported(publication: encoding.publication, encoding: encoding.encoding, block))
        }
    }

    /// Answers the server's reference time at once, so that the server can measure the round trip (RFC 3611 section
    /// 4.5).
    private func answer(_ report: ExtendedReport) {
        for case .receiverReferenceTime(let time) in report.blocks {
            let answer = ExtendedReport.DelaySinceLastReceiverReport(
                ssrc: report.ssrc, lastReceiverReport: time.compact, delay: 0)
            sendRTCP([
                .extendedReport(ExtendedReport(ssrc: reporter, blocks: [.delaysSinceLastReceiverReport([answer])]))
            ])
        }
    }

    private func wantKeyframe(of ssrc: SSRC) {
        guard let encoding = encodingBySSRC[ssrc.rawValue] else { return }
        events.append(.keyframeRequested(publication: encoding.publication, encoding: encoding.encoding))
    }
}
