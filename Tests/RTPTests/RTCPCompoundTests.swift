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

    @Test func paddingIsTakenOffWhereverItStands() throws {
        let bytes = try octets("a0c90002 00000001 00000004 80c90001 00000002")
        #expect(
            try RTCPCompound.parse(bytes.span) == [
                .receiverReport(ReceiverReport(ssrc: SSRC(1))), .receiverReport(ReceiverReport(ssrc: SSRC(2))),
            ])
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
