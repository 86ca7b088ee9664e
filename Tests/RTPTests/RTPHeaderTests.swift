import Primitives
import RTP
import Testing

struct RTPHeaderTests {
    /// Marker, payload type 96, sequence number 0x1234, timestamp 0xDECAFBAD, SSRC 0xCAFEBABE.
    private static let plain = "80e0 1234 decafbad cafebabe"

    @Test func fixedHeaderIsRead() throws {
        let bytes = try octets(Self.plain + "010203")
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.payloadType == 96)
        #expect(header.isMarker)
        #expect(header.sequenceNumber == 0x1234)
        #expect(header.timestamp == 0xDECA_FBAD)
        #expect(header.ssrc == SSRC(0xCAFE_BABE))
        #expect(header.csrcCount == 0)
        #expect(header.extensionProfile == 0)
        #expect(header.payloadRange == 12..<15)
        #expect(header.paddingCount == 0)
    }

    @Test func csrcsExtensionAndPaddingAreRead() throws {
        let bytes = try octets("b2600001 00000002 00000003 0000000a 0000000b bede0001 10ff0000 aabb 000003")
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.csrcCount == 2)
        #expect(header.csrc(at: 0, in: bytes.span) == 10)
        #expect(header.csrc(at: 1, in: bytes.span) == 11)
        #expect(header.csrc(at: 2, in: bytes.span) == nil)
        #expect(header.csrc(at: -1, in: bytes.span) == nil)
        #expect(header.extensionProfile == 0xBEDE)
        #expect(header.extensionOffset == 24)
        #expect(header.extensionCount == 4)
        #expect(header.payloadRange == 28..<30)
        #expect(header.paddingCount == 3)
    }

    @Test func packetOfPaddingAloneHasNoPayload() throws {
        let bytes = try octets("a060 0001 00000002 00000003 00 02")
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.payloadCount == 0)
        #expect(header.paddingCount == 2)
    }

    @Test(arguments: [
        ("", RTPError.truncated(.fixedHeader, needed: 12, available: 0)),
        ("80e0 1234 decafbad cafeba", .truncated(.fixedHeader, needed: 12, available: 11)),
        ("40e0 1234 decafbad cafebabe", .unsupportedVersion(1)),
        ("82e0 1234 decafbad cafebabe 00000001 000000", .truncated(.csrcs, needed: 20, available: 19)),
        ("90e0 1234 decafbad cafebabe bede00", .truncated(.extensionHeader, needed: 16, available: 15)),
        ("90e0 1234 decafbad cafebabe bede0002 00000000", .truncated(.extensionData, needed: 24, available: 20)),
        // CVE-2025-49140: a padding count of 0, one larger than the payload, and no octet to hold it.
        ("a0e0 1234 decafbad cafebabe 010200", .invalidPadding(count: 0, available: 3)),
        ("a0e0 1234 decafbad cafebabe 010204", .invalidPadding(count: 4, available: 3)),
        ("a0e0 1234 decafbad cafebabe", .invalidPadding(count: 0, available: 0)),
    ]) func otherOctetsAreRefusedWithTheReason(_ hexadecimal: String, _ error: RTPError) throws {
        let bytes = try octets(hexadecimal)
        #expect(throws: error) { try RTPHeader(parsing: bytes.span) }
    }

    @Test func writtenPacketsAreReadBack() throws {
        var builder = RTPPacketBuilder(
            payloadType: 111, sequenceNumber: 65_535, timestamp: .max, ssrc: SSRC(7), payload: [1, 2, 3])
        builder.isMarker = true
        builder.csrcs = [5, 6]
        builder.extensions = [.init(identifier: 4, data: Array("mid".utf8)), .init(identifier: 1, data: [0x80])]
        builder.paddingCount = 4
        let bytes = builder.octets
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.payloadType == 111)
        #expect(header.isMarker)
        #expect(header.sequenceNumber == 65_535)
        #expect(header.timestamp == .max)
        #expect(header.ssrc == SSRC(7))
        #expect(header.csrc(at: 1, in: bytes.span) == 6)
        #expect(header.extensionProfile == 0xBEDE)
        #expect(header.paddingCount == 4)
        #expect(Array(bytes[header.payloadRange]) == [1, 2, 3])
    }

    @Test func twoByteFormIsWrittenOnlyWhereNeeded() throws {
        func profileWritten(for element: RTPPacketBuilder.Element) throws -> UInt16 {
            var builder = RTPPacketBuilder(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: SSRC(0))
            builder.extensions = [element]
            let bytes = builder.octets
            let header = try RTPHeader(parsing: bytes.span)
            var cursor = HeaderExtensionCursor(header: header)
            let read = cursor.next(in: bytes.span)
            #expect(read?.identifier == element.identifier)
            #expect(read?.holds(element.data, in: bytes.span) == true)
            #expect(cursor.next(in: bytes.span) == nil)
            return header.extensionProfile
        }
        #expect(try profileWritten(for: .init(identifier: 14, data: Array(repeating: 1, count: 16))) == 0xBEDE)
        #expect(try profileWritten(for: .init(identifier: 15, data: [1])) == 0x1000)
        #expect(try profileWritten(for: .init(identifier: 1, data: [])) == 0x1000)
        #expect(try profileWritten(for: .init(identifier: 1, data: Array(repeating: 1, count: 17))) == 0x1000)
        #expect(try profileWritten(for: .init(identifier: 255, data: Array(repeating: 1, count: 255))) == 0x1000)
    }

    @Test func whatNoFormCarriesIsLeftOut() throws {
        var builder = RTPPacketBuilder(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: SSRC(0))
        builder.extensions = [
            .init(identifier: 0, data: [1]), .init(identifier: 1, data: Array(repeating: 1, count: 256)),
        ]
        builder.csrcs = Array(0..<20)
        let bytes = builder.octets
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.extensionProfile == 0)
        #expect(header.csrcCount == RTPHeader.maximumCSRCs)
        #expect(bytes.count == 12 + 4 * 15)
    }

    /// The compiler is the test: a reference or an array in one of them, and it does not conform.
    @Test func whatIsMadePerPacketHoldsNoReferences() {
        func isBitwise<Value: BitwiseCopyable>(_: Value.Type) -> Int { MemoryLayout<Value>.size }
        #expect(isBitwise(RTPHeader.self) <= 64)
        #expect(isBitwise(ReceivedExtensions.self) <= 160)
        #expect(isBitwise(HeaderExtensionCursor.self) <= 32)
        #expect(isBitwise(HeaderExtensionLookup.self) == 256)
        #expect(isBitwise(PayloadInspection.self) <= 160)
        #expect(isBitwise(DatagramKind.self) <= 2)
        #expect(isBitwise(RTXPayload.self) <= 4)
        #expect(isBitwise(REDPayload.self) <= 64)
        #expect(isBitwise(RTCPHeader.self) <= 32)
    }
}
