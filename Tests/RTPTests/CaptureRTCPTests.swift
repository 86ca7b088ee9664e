import Primitives
import RTP
import Testing

/// RTCP of real browsers must be read as an independent decoder read it, and be written back the same.
struct CaptureRTCPTests {
    @Test(arguments: Capture.names) func packetsAreReadAsInCapture(_ name: String) throws {
        var count = 0
        for packet in try Capture.load(name).packets {
            guard case .rtcp(let expected) = packet.expectation else { continue }
            let bytes = try packet.datagram
            let packets = try RTCPCompound.parse(bytes.span)
            #expect(packets.count == expected.count)
            for (read, expected) in zip(packets, expected) { try expectEqual(read, expected) }
            #expect(DatagramKind(datagram: bytes.span) == .rtcp)
            count += 1
        }
        #expect(count == 60)
    }

    /// Why `RTCPCompound` may hold to RFC 3550 section 6.4.1: browsers pad, but the last packet of a datagram alone.
    @Test func browsersPadTheLastPacketAlone() throws {
        var padded = 0
        for name in Capture.names {
            for packet in try Capture.load(name).packets {
                guard case .rtcp = packet.expectation else { continue }
                let bytes = try packet.datagram
                var offset = 0
                while offset < bytes.count {
                    let header = try RTCPHeader(parsing: bytes.span, at: offset)
                    offset = header.end
                    guard header.paddingCount > 0 else { continue }
                    padded += 1
                    #expect(offset == bytes.count, "\(name)")
                }
            }
        }
        #expect(padded == 207)
    }

    @Test(arguments: Capture.names) func packetsAreWrittenBackAsTheyCame(_ name: String) throws {
        for packet in try Capture.load(name).packets {
            guard case .rtcp(let expected) = packet.expectation else { continue }
            let bytes = try packet.datagram
            let packets = try RTCPCompound.parse(bytes.span)
            let written = RTCPCompound.octets(of: packets)
            // A feedback can be told in other chunks, so that it need only mean the same.
            let hasFeedback = expected.contains { $0.kind == "TWCC" }
            let again = try RTCPCompound.parse(written.span)
            #expect(again == packets)
            #expect(hasFeedback || written == bytes)
            #expect(written.count <= bytes.count)
        }
    }

    private func expectEqual(_ read: RTCPPacket, _ expected: ExpectedRTCP) throws {
        switch (expected.kind, read) {
        case ("SR", .senderReport(let report)):
            let ntp = try #require(expected.ntp).filter { $0 != "." }
            #expect(report.ssrc.rawValue == expected.ssrc)
            #expect(report.ntpTimestamp.rawValue == UInt64(ntp, radix: 16))
            #expect(report.rtpTimestamp == expected.rtpTimestamp)
            #expect(report.packetCount == expected.packets)
            #expect(report.octetCount == expected.octets)
            try expectEqual(report.reportBlocks, #require(expected.blocks))
        case ("RR", .receiverReport(let report)):
            #expect(report.ssrc.rawValue == expected.ssrc)
            try expectEqual(report.reportBlocks, #require(expected.blocks))
        case ("SDES", .sourceDescription(let description)):
            let chunks = try #require(expected.chunks)
            #expect(description.chunks.map(\.ssrc.rawValue) == chunks.map(\.ssrc))
            for (read, expected) in zip(description.chunks, chunks) {
                #expect(read.items.map(\.type) == expected.items.map(\.type))
                #expect(read.cname == expected.items.first { $0.type == 1 }?.text)
            }
        case ("PLI", .pictureLossIndication(let indication)):
            #expect(indication.senderSSRC.rawValue == expected.sender)
            #expect(indication.mediaSSRC.rawValue == expected.media)
        case ("XR", .extendedReport(let report)):
            #expect(report.ssrc.rawValue == expected.ssrc)
            var written: [UInt8] = []
            report.append(to: &written)
            #expect(Array(written.dropFirst(8)).hexadecimal == expected.rawBlocks)
            let types: [UInt8] = report.blocks.map { block in
                switch block {
                case .receiverReferenceTime: 4
                case .delaysSinceLastReceiverReport: 5
                case .unknown(let type, _, _): type
                }
            }
            #expect(types == expected.blockTypes)
        case ("TWCC", .transportFeedback(let feedback)):
            try expectEqual(feedback, #require(expected.feedback))
            #expect(feedback.senderSSRC.rawValue == expected.sender)
            #expect(feedback.mediaSSRC.rawValue == expected.media)
        default:
            Issue.record("\(expected.kind) expected, got \(read)")
        }
    }

    private func expectEqual(_ read: [ReportBlock], _ expected: [ExpectedRTCP.Block]) {
        #expect(
            read
                == expected.map { block in
                    ReportBlock(
                        ssrc: SSRC(block.ssrc), fractionLost: block.fractionLost, cumulativeLost: block.cumulativeLost,
                        extendedHighestSequenceNumber: block.highest, jitter: block.jitter,
                        lastSenderReport: block.lsr, delaySinceLastSenderReport: block.dlsr)
                })
    }

    private func expectEqual(_ read: TransportFeedback, _ expected: ExpectedRTCP.Feedback) {
        #expect(read.baseSequenceNumber == expected.base)
        #expect(read.referenceTime == expected.referenceTime)
        #expect(read.feedbackCount == expected.feedbackCount)
        #expect(read.deltas.count == expected.count)
        var extender = ReferenceTimeExtender()
        let reference = extender.extend(read.referenceTime)
        for (packet, expected) in zip(read.packets, expected.packets) {
            #expect(packet.sequenceNumber == expected.seq)
            #expect((packet.arrival != nil) == (expected.symbol != 0))
            #expect(packet.arrival.map { $0 + reference } == expected.received.map { .microseconds($0) })
        }
        #expect(read.deltas.map { $0.map { Int($0) * 250 } } == expected.packets.map(\.delta))
    }
}
