import RTP
import Testing

struct AV1PayloadTests {
    @Test func sequenceHeaderStartsAKeyframe() throws {
        // W 2, N: a sequence header of 3 octets, then a frame.
        let payload = try octets("28 03 0a0000 30 00")
        let av1 = try AV1Payload(parsing: payload.span)
        #expect(av1.isSequenceStart)
        #expect(av1.hasSequenceHeader)
        #expect(av1.firstOBUType == 1)
        #expect(av1.isKeyframeStart)
        #expect(av1.isFrameStart)
    }

    @Test func sequenceHeaderIsFoundBehindOtherOBUs() throws {
        // W 0: temporal delimiter, sequence header, each with its length; N left unset.
        let payload = try octets("00 01 10 02 0800")
        let av1 = try AV1Payload(parsing: payload.span)
        #expect(!av1.isSequenceStart)
        #expect(av1.isKeyframeStart)
        #expect(av1.firstOBUType == 2)
    }

    @Test func continuationIsNotTakenForAnOBU() throws {
        // Z, W 1: the octet 0x0a would be a sequence header.
        let payload = try octets("90 0a 00")
        let av1 = try AV1Payload(parsing: payload.span)
        #expect(av1.continuesPrevious)
        #expect(!av1.isKeyframeStart)
        #expect(!av1.isFrameStart)
        #expect(av1.firstOBUType == nil)
    }

    @Test func layersAreReadFromTheExtension() throws {
        // W 1: a frame OBU with extension: temporal layer 2, spatial layer 1.
        let payload = try octets("10 34 48 00")
        let av1 = try AV1Payload(parsing: payload.span)
        #expect(av1.temporalLayer == 2)
        #expect(av1.spatialLayer == 1)
        #expect(av1.isFrameStart)
    }

    @Test func tileGroupStartsNoFrame() throws {
        let payload = try octets("10 20 00")
        #expect(try !AV1Payload(parsing: payload.span).isFrameStart)
    }

    @Test(arguments: [
        ("10", PayloadError.truncated(needed: 2, available: 1)),
        // N with Z
        ("98 00", .contradiction),
        ("20 05 0a00", .truncated(needed: 7, available: 4)),
        ("00 80", .truncated(needed: 3, available: 2)),
        // A length that does not end in eight octets, and one past 32 bits.
        ("00 8080808080808080 00", .oversizedNumber),
        ("00 ffffffffff01 00", .oversizedNumber),
    ]) func otherPayloadsAreRefused(_ hexadecimal: String, _ error: PayloadError) throws {
        let payload = try octets(hexadecimal)
        #expect(throws: error) { try AV1Payload(parsing: payload.span) }
    }

    @Test func elementsPastTheLimitAreRefused() {
        let most: [UInt8] = [0] + Array(repeating: 0, count: AV1Payload.maximumElements)
        #expect(throws: Never.self) { try AV1Payload(parsing: most.span) }
        let more = most + [0]
        #expect(throws: PayloadError.tooMany(limit: AV1Payload.maximumElements)) {
            try AV1Payload(parsing: more.span)
        }
    }
}
