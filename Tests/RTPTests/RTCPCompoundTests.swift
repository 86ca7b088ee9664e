import Primitives
import RTP
import Testing

struct RTCPCompoundTests {
    @Test func packetsOneBehindTheOtherAreRead() throws {
        let packets: [RTCPPacket] = [
            .receiverReport(ReceiverReport(ssrc: SSRC(1))),
            .sourceDescription(SourceDescription(ssrc: SSRC(1), cname: "seat")),
            .pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(2))),
        ]
        let bytes = RTCPCompound.octets(of: packets)
        #expect(try RTCPCompound.parse(bytes.span) == packets)
    }

    @Test func reducedSizeNeedsNoReportInFront() throws {
        let bytes = try octets("81ce0002 00000001 00000002")
        #expect(
            try RTCPCompound.parse(bytes.span) == [
                .pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(2)))
            ])
    }

    @Test func otherTypesAndFormatsAreKeptUnread() throws {
        // APP, a transport feedback of format 11 (RFC 8888), and application feedback that is not REMB.
        let bytes = try octets(
            "81cc0002 00000001 41424344 8bcd0002 00000001 00000002 8fce0003 00000001 00000000 00000000")
        let packets = try RTCPCompound.parse(bytes.span)
        #expect(
            packets == [
                .unknown(UnknownRTCPPacket(packetType: 204, format: 1, body: try octets("00000001 41424344"))),
                .unknown(UnknownRTCPPacket(packetType: 205, format: 11, body: try octets("00000001 00000002"))),
                .unknown(
                    UnknownRTCPPacket(packetType: 206, format: 15, body: try octets("00000001 00000000 00000000"))),
            ])
        #expect(RTCPCompound.octets(of: packets) == bytes)
    }

    @Test func paddingIsTakenOffTheLastPacketAlone() throws {
        let last = try octets("80c90001 00000002 a0c90002 00000001 00000004")
        let reports = [1, 2].map { RTCPPacket.receiverReport(ReceiverReport(ssrc: SSRC($0))) }
        #expect(try RTCPCompound.parse(last.span) == [reports[1], reports[0]])
        // RFC 3550 section 6.4.1: "padding MUST only be added to the last individual packet".
        let first = try octets("a0c90002 00000001 00000004 80c90001 00000002")
        let content = RTCPCompound.read(first.span)
        #expect(content.packets == [reports[1]] && content.faults == [.paddingBeforeLast] && !content.isCut)
    }

    @Test func aPacketThatCannotBeReadLosesNoOther() throws {
        let pli = RTCPPacket.pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(2)))
        let report = RTCPPacket.receiverReport(ReceiverReport(ssrc: SSRC(1)))
        // A report, a NACK that is cut, a feedback with the reserved symbol, a PLI.
        let bytes = try octets(
            "80c90001 00000001 81cd0002 00000001 00000002 8fcd0005 00000001 00000002 00050001 01020307 60010100"
                + "81ce0002 00000001 00000002")
        let content = RTCPCompound.read(bytes.span)
        #expect(content.packets == [report, pli] && !content.isCut)
        #expect(
            content.faults == [.truncated(.feedbackEntries, needed: 12, available: 8), .malformed(.packetChunks)])
        // Where a length points behind the end nothing more can be told apart; what came before counts.
        let cut = try octets("80c90001 00000001 81ce0009 00000001 00000002")
        let rest = RTCPCompound.read(cut.span)
        #expect(rest.packets == [report] && rest.isCut)
        #expect(rest.faults == [.truncated(.packet, needed: 48, available: 20)])
    }

    @Test(arguments: [
        ("", RTCPError.truncated(.header, needed: 4, available: 0)),
        ("80c90001 000000", .truncated(.packet, needed: 8, available: 7)),
        ("80c90001 00000001 80c9", .truncated(.header, needed: 12, available: 10)),
        ("40c90001 00000001", .unsupportedVersion(1)),
        ("a0c90002 00000001 00000000", .invalidPadding(count: 0, available: 8)),
        ("a0c90002 00000001 00000009", .invalidPadding(count: 9, available: 8)),
        ("a0c90000", .invalidPadding(count: 0, available: 0)),
        ("80c80001 00000001", .truncated(.senderInformation, needed: 24, available: 4)),
        ("81c90001 00000001", .truncated(.reportBlocks, needed: 28, available: 4)),
        ("80c90000", .truncated(.sender, needed: 4, available: 0)),
        ("81ca0001 00000001", .truncated(.descriptionItems, needed: 5, available: 4)),
        ("81ca0002 00000001 01050000", .truncated(.descriptionItems, needed: 11, available: 8)),
        ("82cb0001 00000001", .truncated(.sources, needed: 8, available: 4)),
        ("81cb0002 00000001 04414243", .truncated(.reason, needed: 9, available: 8)),
        ("81cd0002 00000001 00000002", .truncated(.feedbackEntries, needed: 12, available: 8)),
        ("81ce0001 00000001", .truncated(.feedbackHeader, needed: 8, available: 4)),
        ("84ce0003 00000001 00000000 00000002", .truncated(.feedbackEntries, needed: 16, available: 12)),
        ("8fce0004 00000001 00000000 52454d42 01000000", .truncated(.sources, needed: 20, available: 16)),
        ("80cf0002 00000001 04000002", .truncated(.reportBlock, needed: 16, available: 8)),
        ("80cf0003 00000001 04000001 00000000", .malformed(.reportBlock)),
        ("80cf0003 00000001 05000001 00000000", .malformed(.reportBlock)),
    ]) func otherOctetsAreRefusedWithTheReason(_ hexadecimal: String, _ error: RTCPError) throws {
        let bytes = try octets(hexadecimal)
        #expect(throws: error) { try RTCPCompound.parse(bytes.span) }
    }

    @Test func packetsPastTheLimitAreRefused() throws {
        let one: [UInt8] = [0x80, 0xCC, 0, 0]
        let most = Array(repeating: one, count: RTCPCompound.maximumPackets).flatMap(\.self)
        #expect(try RTCPCompound.parse(most.span).count == RTCPCompound.maximumPackets)
        let more = most + one
        #expect(throws: RTCPError.tooMany(.packets, limit: RTCPCompound.maximumPackets)) {
            try RTCPCompound.parse(more.span)
        }
        let content = RTCPCompound.read(more.span)
        #expect(content.packets.count == RTCPCompound.maximumPackets && content.isCut)
    }

    @Test func entriesPastEachLimitAreRefused() throws {
        func packet(_ type: UInt8, _ format: UInt8, _ body: [UInt8]) -> [UInt8] {
            RTCPCompound.octets(of: [.unknown(UnknownRTCPPacket(packetType: type, format: format, body: body))])
        }
        func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
        let items = Array(repeating: [2, 0] as [UInt8], count: SourceDescription.maximumItems + 1).flatMap(\.self)
        let refused: [([UInt8], RTCPError)] = [
            (
                packet(205, 1, zeros(8 + 4 * (GenericNACK.maximumEntries + 1))),
                .tooMany(.feedbackEntries, limit: GenericNACK.maximumEntries)
            ),
            (
                packet(206, 4, zeros(8 + 8 * (FullIntraRequest.maximumEntries + 1))),
                .tooMany(.feedbackEntries, limit: FullIntraRequest.maximumEntries)
            ),
            (
                packet(207, 0, zeros(4 + 4 * (ExtendedReport.maximumBlocks + 1))),
                .tooMany(.extendedReportBlocks, limit: ExtendedReport.maximumBlocks)
            ),
            (
                packet(202, 1, zeros(4) + items + zeros(2)),
                .tooMany(.descriptionItems, limit: SourceDescription.maximumItems)
            ),
        ]
        for (bytes, error) in refused {
            #expect(throws: error) { try RTCPCompound.parse(bytes.span) }
        }
    }
}
