import Primitives
import RTP
import Testing

struct TransportFeedbackTests {
    private func feedback(_ deltas: [Int16?], base: UInt16 = 5) -> TransportFeedback {
        TransportFeedback(
            senderSSRC: SSRC(1), mediaSSRC: SSRC(2), baseSequenceNumber: base, referenceTime: 0x010203,
            feedbackCount: 7, deltas: deltas)
    }

    private func written(_ feedback: TransportFeedback) -> [UInt8] {
        var bytes: [UInt8] = []
        feedback.append(to: &bytes)
        return bytes
    }

    private static let head = "00000001 00000002 0005"

    @Test(
        arguments: [
            // One run of three small deltas.
            ([1, 2, 3], "afcd0006" + head + "0003 01020307 2003 010203 000003"),
            // A run of two that were lost and one that came: a vector of one bit each.
            ([nil, nil, 4], "afcd0005" + head + "0003 01020307 8800 04 01"),
            // A large and a negative delta: a vector of two bits each.
            ([256, nil, -1, 0], "afcd0006" + head + "0004 01020307 e240 0100 ffff 00 01"),
            // Fifteen lost, then one: the run is cheaper than a vector.
            (Array(repeating: nil, count: 15) + [0], "afcd0006" + head + "0010 01020307 000f 2001 00 000003"),
        ] as [([Int16?], String)]) func chunksAreChosenAndReadBack(_ deltas: [Int16?], _ hexadecimal: String) throws
    {
        let bytes = try octets(hexadecimal)
        #expect(written(feedback(deltas)).hexadecimal == bytes.hexadecimal)
        #expect(try RTCPCompound.parse(bytes.span) == [.transportFeedback(feedback(deltas))])
    }

    @Test func chunksThatWeDoNotWriteAreRead() throws {
        // A run of large deltas that are small, and zeros behind the deltas without the padding flag.
        let bytes = try octets("8fcd0006" + Self.head + "0002 01020307 4002 0001 0002 0000")
        #expect(try RTCPCompound.parse(bytes.span) == [.transportFeedback(feedback([1, 2]))])
    }

    @Test(arguments: [
        // No packet; the reserved symbol in a run and in a vector; a run of none.
        ("8fcd0005" + head + "0000 01020307 2001 0100", RTCPError.malformed(.packetStatuses)),
        ("8fcd0005" + head + "0001 01020307 6001 0100", .malformed(.packetChunks)),
        ("8fcd0005" + head + "0001 01020307 f000 0100", .malformed(.packetChunks)),
        ("8fcd0005" + head + "0001 01020307 2000 0100", .malformed(.packetChunks)),
        // Chunks for fourteen of fifteen packets; three deltas of which two are there.
        ("8fcd0005" + head + "0020 01020307 8000 8000", .truncated(.packetChunks, needed: 22, available: 20)),
        ("8fcd0005" + head + "0003 01020307 2003 0102", .truncated(.receiveDeltas, needed: 21, available: 20)),
        ("8fcd0005" + head + "0002 01020307 4002 0102", .truncated(.receiveDeltas, needed: 22, available: 20)),
        ("8fcd0003" + head + "0001", .truncated(.feedbackHeader, needed: 16, available: 12)),
    ]) func otherOctetsAreRefusedWithTheReason(_ hexadecimal: String, _ error: RTCPError) throws {
        let bytes = try octets(hexadecimal)
        #expect(throws: error) { try RTCPCompound.parse(bytes.span) }
    }

    @Test func anOutageIsReadInAsManyStepsAsItHasOctets() throws {
        // 65,534 lost in eight runs of 8,191 and one of six, then one that came: all that 16 bits count.
        let runs = String(repeating: "1fff", count: 8) + "0006" + "2001"
        let bytes = try octets("8fcd000a" + Self.head + "ffff 01020307" + runs + "07000000")
        guard case .transportFeedback(let read) = try RTCPCompound.parse(bytes.span).first else {
            Issue.record("feedback expected")
            return
        }
        #expect(read.statuses == [.lost(count: 65_534), .received(delta: 7)] && read.statusCount == 65_535)
        #expect(read.deltas.count == 65_535 && read.deltas.last == 7)
        let packets = Array(read.packets)
        #expect(packets.count == 65_535 && packets.last?.sequenceNumber == 5 &+ 65_534)
    }

    @Test func mostStatusesAreWrittenAndMoreAreNot() throws {
        let most = feedback(Array(repeating: nil, count: TransportFeedback.maximumWrittenStatuses - 1) + [1, 2])
        let bytes = written(most)
        var cut = most
        cut.deltas.removeLast()
        #expect(try RTCPCompound.parse(bytes.span) == [.transportFeedback(cut)])
        #expect(written(feedback([])).isEmpty)
    }

    @Test func feedbacksOfOneDatagramShareTheLimit() throws {
        // Two runs each, so that none is padded.
        let half = feedback(Array(repeating: nil, count: TransportFeedback.maximumWrittenStatuses))
        let most: [RTCPPacket] = Array(repeating: .transportFeedback(half), count: 7)
        let bytes = RTCPCompound.octets(of: most)
        #expect(try RTCPCompound.parse(bytes.span) == most)
        let pli = RTCPPacket.pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(2)))
        let more = RTCPCompound.octets(of: most + [.transportFeedback(half), pli])
        let limit = RTCPError.tooMany(.packetStatuses, limit: TransportFeedback.maximumStatuses)
        #expect(throws: limit) { try RTCPCompound.parse(more.span) }
        // The one beyond is left out, what follows it is read.
        let content = RTCPCompound.read(more.span)
        #expect(content.packets == most + [pli] && content.faults == [limit] && !content.isCut)
    }

    @Test func packetsAddUpTheirDeltas() {
        let packets = Array(feedback([4, nil, -8, 300], base: 65_534).packets)
        #expect(packets.map(\.sequenceNumber) == [65_534, 65_535, 0, 1])
        #expect(packets.map(\.arrival) == [.milliseconds(1), nil, .milliseconds(-1), .milliseconds(74)])
    }

    @Test func referenceTimesAreFollowedAcrossTheWrap() {
        var extender = ReferenceTimeExtender()
        #expect(extender.extend(0xFF_FFFE) == .milliseconds(64 * 0xFF_FFFE))
        #expect(extender.extend(1) == .milliseconds(64 * 0x100_0001))
        #expect(extender.extend(0xFF_FFFF) == .milliseconds(64 * 0xFF_FFFF))
        var small = ReferenceTimeExtender()
        #expect(small.extend(1) == .milliseconds(64))
        #expect(small.extend(0xFF_FFFF) == .milliseconds(-64))
    }
}
