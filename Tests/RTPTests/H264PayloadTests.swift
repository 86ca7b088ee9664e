import RTP
import Testing

struct H264PayloadTests {
    private static let row = [
        // A slice of an IDR picture, its first; a later one; of another picture.
        ("65 88", true, true), ("65 48", false, false), ("41 9a", false, true), ("41 5a", false, false),
        // SPS, PPS, SEI, delimiter.
        ("67 42", true, true), ("68 ce", false, true), ("06 05", false, true), ("09 10", false, true),
        // STAP-A: SPS and PPS; PPS and IDR; two slices.
        ("78 0002 6742 0002 68ce", true, true), ("78 0002 68ce 0002 6588", true, true),
        ("78 0002 419a 0002 415a", false, true),
        // FU-A: first, middle and last of an IDR slice; first of another slice; first of a later IDR slice.
        ("7c 85 88", true, true), ("7c 05 88", false, false), ("7c 45 88", false, false), ("5c 81 9a", false, true),
        ("7c 85 48", false, false),
    ]

    @Test(arguments: row) func startsAreFound(_ hexadecimal: String, _ isKeyframe: Bool, _ isFrame: Bool) throws {
        let payload = try octets(hexadecimal)
        let h264 = try H264Payload(parsing: payload.span)
        #expect(h264.isKeyframeStart == isKeyframe)
        #expect(h264.isFrameStart == isFrame)
    }

    @Test func structureIsTold() throws {
        let single = try octets("65 88")
        let aggregation = try octets("78 0002 6742 0002 68ce")
        let fragment = try octets("7c 45 88")
        #expect(try H264Payload(parsing: single.span).structure == .single)
        let aggregated = try H264Payload(parsing: aggregation.span)
        #expect(aggregated.structure == .aggregation(count: 2))
        #expect(aggregated.unitType == 7)
        #expect(aggregated.hasSequenceParameterSet)
        #expect(!aggregated.startsIDRPicture)
        let fragmented = try H264Payload(parsing: fragment.span)
        #expect(fragmented.structure == .fragment(.last))
        #expect(fragmented.unitType == 5)
        #expect(fragmented.referenceIndicator == 3)
    }

    @Test(arguments: [
        ("65", PayloadError.truncated(needed: 2, available: 1)),
        ("7c 85", .truncated(needed: 3, available: 2)),
        ("7c c5 88", .contradiction),
        ("78 0003 6742", .truncated(needed: 6, available: 5)),
        ("78 0002 6742 00", .truncated(needed: 7, available: 6)),
        ("78 0000 67", .contradiction),
        ("79 0000 0002 6742", .unsupportedType(25)),
        ("7d 85 0000 88", .unsupportedType(29)),
        ("60 00", .unsupportedType(0)),
    ]) func otherPayloadsAreRefused(_ hexadecimal: String, _ error: PayloadError) throws {
        let payload = try octets(hexadecimal)
        #expect(throws: error) { try H264Payload(parsing: payload.span) }
    }

    @Test func unitsPastTheLimitAreRefused() throws {
        let most: [UInt8] =
            [0x78] + Array(repeating: [0, 1, 0x68], count: H264Payload.maximumAggregatedUnits).flatMap(\.self)
        #expect(
            try H264Payload(parsing: most.span).structure
                == .aggregation(count: H264Payload.maximumAggregatedUnits))
        let more = most + [0, 1, 0x68]
        #expect(throws: PayloadError.tooMany(limit: H264Payload.maximumAggregatedUnits)) {
            try H264Payload(parsing: more.span)
        }
    }
}
