import RTP
import Testing

struct REDPayloadTests {
    @Test func redundantAndPrimaryBlocksAreFound() throws {
        // Two blocks of payload type 111, 1,920 and 960 ticks old, of 2 and 1 octets; then the primary one.
        let payload = try octets("ef 1e0002 ef 0f0001 6f aaaa bb ccdd")
        let red = try REDPayload(parsing: payload.span)
        #expect(red.redundantCount == 2)
        #expect(red.primary == REDBlock(payloadType: 111, timestampOffset: 0, offset: 12, count: 2))
        #expect(
            red.redundantBlock(at: 0, in: payload.span)
                == REDBlock(payloadType: 111, timestampOffset: 1_920, offset: 9, count: 2))
        #expect(
            red.redundantBlock(at: 1, in: payload.span)
                == REDBlock(payloadType: 111, timestampOffset: 960, offset: 11, count: 1))
        #expect(red.redundantBlock(at: 2, in: payload.span) == nil)
    }

    @Test func primaryBlockAloneIsFound() throws {
        let payload = try octets("6f aabb")
        let red = try REDPayload(parsing: payload.span)
        #expect(red.redundantCount == 0)
        #expect(red.primary == REDBlock(payloadType: 111, timestampOffset: 0, offset: 1, count: 2))
    }

    @Test func blocksPastTheEndAreRefused() throws {
        let payload = try octets("ef 0f0004 6f aabbcc")
        #expect(throws: PayloadError.truncated(needed: 9, available: 8)) { try REDPayload(parsing: payload.span) }
    }

    @Test func blocksPastTheLimitAreRefused() throws {
        let blocks = Array(repeating: [0xEF, 0, 0, 0] as [UInt8], count: REDPayload.maximumRedundantBlocks).flatMap(
            \.self)
        let most = blocks + [0x6F]
        #expect(try REDPayload(parsing: most.span).redundantCount == REDPayload.maximumRedundantBlocks)
        let more = [0xEF, 0, 0, 0] + most
        #expect(throws: PayloadError.tooMany(limit: REDPayload.maximumRedundantBlocks)) {
            try REDPayload(parsing: more.span)
        }
    }
}
