import Primitives
import RTP
import Testing

/// Each packet against octets put together by hand from its RFC, and back.
struct RTCPPacketTests {
    private static let block = ReportBlock(
        ssrc: SSRC(0x0102_0304), fractionLost: 0x40, cumulativeLost: -2, extendedHighestSequenceNumber: 0x0001_FFFF,
        jitter: 9, lastSenderReport: 0xAABB_CCDD, delaySinceLastSenderReport: 0x0001_0000)
    private static let blockOctets = "01020304 40fffffe 0001ffff 00000009 aabbccdd 00010000"

    static let vectors: [(RTCPPacket, String)] = [
        (
            .senderReport(
                SenderReport(
                    ssrc: SSRC(5), ntpTimestamp: NTPTimestamp(rawValue: 0x1122_3344_5566_7788), rtpTimestamp: 0x99,
                    packetCount: 3, octetCount: 4, reportBlocks: [block])),
            "81c8000c 00000005 11223344 55667788 00000099 00000003 00000004" + blockOctets
        ),
        (
            .receiverReport(ReceiverReport(ssrc: SSRC(6), reportBlocks: [block, block])),
            "82c9000d 00000006" + blockOctets + blockOctets
        ),
        // "abc" leaves three null octets; "ab" fills its word, so that the list ends with a word of them.
        (.sourceDescription(SourceDescription(ssrc: SSRC(7), cname: "abc")), "81ca0003 00000007 0103616263 000000"),
        (.sourceDescription(SourceDescription(ssrc: SSRC(7), cname: "ab")), "81ca0003 00000007 01026162 00000000"),
        (.sourceDescription(SourceDescription(chunks: [])), "80ca0000"),
        (.goodbye(Goodbye(sources: [SSRC(8)])), "81cb0001 00000008"),
        (
            .goodbye(Goodbye(sources: [SSRC(8), SSRC(9)], reason: "over")),
            "82cb0004 00000008 00000009 04 6f766572 000000"
        ),
        (.goodbye(Goodbye(sources: [], reason: "end")), "80cb0001 03 656e64"),
        (
            .nack(
                GenericNACK(
                    senderSSRC: SSRC(1), mediaSSRC: SSRC(2), entries: [.init(packetID: 0xFFFE, followingLost: 0x8001)])),
            "81cd0003 00000001 00000002 fffe8001"
        ),
        (
            .pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(2))),
            "81ce0002 00000001 00000002"
        ),
        (
            .fullIntraRequest(
                FullIntraRequest(senderSSRC: SSRC(1), entries: [.init(ssrc: SSRC(3), sequenceNumber: 0xFE)])),
            "84ce0004 00000001 00000000 00000003 fe000000"
        ),
        (
            // 250,000 = 250,000 x 2^0, and 1,000,000 = 250,000 x 2^2.
            .remb(
                ReceiverEstimatedMaximumBitrate(
                    senderSSRC: SSRC(1), bitrate: .kilobits(1_000), sources: [SSRC(2), SSRC(3)])),
            "8fce0006 00000001 00000000 52454d42 020bd090 00000002 00000003"
        ),
        (
            .extendedReport(
                ExtendedReport(
                    ssrc: SSRC(1),
                    blocks: [
                        .receiverReferenceTime(NTPTimestamp(rawValue: 0x0102_0304_0506_0708)),
                        .delaysSinceLastReceiverReport([.init(ssrc: SSRC(2), lastReceiverReport: 3, delay: 4)]),
                        .unknown(type: 42, typeSpecific: 7, contents: [1, 2, 3, 4]),
                    ])),
            "80cf000a 00000001 04000002 01020304 05060708 05000003 00000002 00000003 00000004 2a070001 01020304"
        ),
    ]

    @Test(arguments: vectors) func packetIsWrittenAndReadBack(_ packet: RTCPPacket, _ hexadecimal: String) throws {
        let bytes = try octets(hexadecimal)
        #expect(RTCPCompound.octets(of: [packet]) == bytes)
        #expect(try RTCPCompound.parse(bytes.span) == [packet])
    }

    @Test func reportsPastThirtyOneGoIntoFurtherPackets() throws {
        let blocks = (0..<70 as Range<UInt32>).map { index in
            var block = Self.block
            block.jitter = index
            return block
        }
        let report = SenderReport(
            ssrc: SSRC(5), ntpTimestamp: NTPTimestamp(rawValue: 0), rtpTimestamp: 0, packetCount: 0, octetCount: 0,
            reportBlocks: blocks)
        let bytes = RTCPCompound.octets(of: [.senderReport(report)])
        let packets = try RTCPCompound.parse(bytes.span)
        var read: [ReportBlock] = []
        for packet in packets {
            switch packet {
            case .senderReport(let report): read += report.reportBlocks
            case .receiverReport(let report): read += report.reportBlocks
            default: Issue.record("reports expected, got \(packet)")
            }
        }
        #expect(packets.count == 3)
        #expect(read == blocks)
    }

    @Test func profileExtensionBehindReportsIsPassedOver() throws {
        let bytes = try octets("80c90003 00000001 deadbeef deadbeef")
        #expect(try RTCPCompound.parse(bytes.span) == [.receiverReport(ReceiverReport(ssrc: SSRC(1)))])
    }

    @Test(
        arguments: [
            (Int32.max, 0x7F_FFFF), (.min, -0x80_0000), (0x7F_FFFF, 0x7F_FFFF), (-1, -1),
        ] as [(Int32, Int32)]) func cumulativeLossIsClampedTo24Bits(_ lost: Int32, _ expected: Int32) throws
    {
        var block = Self.block
        block.cumulativeLost = lost
        let bytes = RTCPCompound.octets(of: [.receiverReport(ReceiverReport(ssrc: SSRC(1), reportBlocks: [block]))])
        block.cumulativeLost = expected
        #expect(
            try RTCPCompound.parse(bytes.span) == [
                .receiverReport(ReceiverReport(ssrc: SSRC(1), reportBlocks: [block]))
            ])
    }

    @Test func sequenceNumbersArePackedAcrossTheWrap() {
        let numbers: [UInt16] = [65_530, 65_535, 0, 10, 11, 27, 28]
        let nack = GenericNACK(senderSSRC: SSRC(1), mediaSSRC: SSRC(2), sequenceNumbers: numbers)
        // 65,530 reaches up to 10; 11 up to 27.
        #expect(nack.entries.map(\.packetID) == [65_530, 11, 28])
        #expect(nack.sequenceNumbers == numbers)
    }

    @Test func sequenceNumbersInAnyOrderAreAllNamed() {
        let numbers: [UInt16] = [9, 3, 3, 4, 9, 60_000]
        let nack = GenericNACK(senderSSRC: SSRC(1), mediaSSRC: SSRC(2), sequenceNumbers: numbers)
        #expect(Set(nack.sequenceNumbers) == Set(numbers))
    }

    @Test func feedbackWithoutEntriesIsNotWritten() {
        let packets: [RTCPPacket] = [
            .nack(GenericNACK(senderSSRC: SSRC(1), mediaSSRC: SSRC(2), entries: [])),
            .fullIntraRequest(FullIntraRequest(senderSSRC: SSRC(1), entries: [])),
        ]
        #expect(RTCPCompound.octets(of: packets).isEmpty)
    }

    @Test(arguments: [0, 1, 262_143, 262_144, 999_999_999, .max] as [Int64])
    func rateIsWrittenWithItsUppermostBits(_ rate: Int64) throws {
        let remb = ReceiverEstimatedMaximumBitrate(
            senderSSRC: SSRC(1), bitrate: Bitrate(bitsPerSecond: rate), sources: [])
        let bytes = RTCPCompound.octets(of: [.remb(remb)])
        guard case .remb(let read) = try RTCPCompound.parse(bytes.span).first else {
            Issue.record("REMB expected")
            return
        }
        #expect(read.bitrate.bitsPerSecond <= rate)
        #expect(Double(read.bitrate.bitsPerSecond) >= Double(rate) * (1 - 1.0 / 131_072))
        #expect(rate > 262_143 || read.bitrate.bitsPerSecond == rate)
    }

    @Test func rateThatOverflowsIsTheGreatest() throws {
        let bytes = try octets("8fce0004 00000001 00000000 52454d42 00ffffff")
        guard case .remb(let read) = try RTCPCompound.parse(bytes.span).first else {
            Issue.record("REMB expected")
            return
        }
        #expect(read.bitrate.bitsPerSecond == .max)
    }

    @Test func longTextsAreCutToWhatTheirLengthCanTell() throws {
        let long = String(repeating: "x", count: 300)
        let packets: [RTCPPacket] = [
            .sourceDescription(SourceDescription(ssrc: SSRC(1), cname: long)),
            .goodbye(Goodbye(sources: [SSRC(1)], reason: long)),
        ]
        let bytes = RTCPCompound.octets(of: packets)
        let cut = String(repeating: "x", count: 255)
        #expect(
            try RTCPCompound.parse(bytes.span) == [
                .sourceDescription(SourceDescription(ssrc: SSRC(1), cname: cut)),
                .goodbye(Goodbye(sources: [SSRC(1)], reason: cut)),
            ])
    }
}
