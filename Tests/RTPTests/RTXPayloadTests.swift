import RTP
import Testing

struct RTXPayloadTests {
    @Test func originalSequenceNumberIsRead() throws {
        let payload = try octets("fffe 010203")
        #expect(RTXPayload(payload: payload.span) == .retransmission(originalSequenceNumber: 0xFFFE))
        #expect(RTXPayload.originalSequenceNumber(in: payload.span) == 0xFFFE)
    }

    @Test func emptyPayloadIsAProbe() {
        let payload: [UInt8] = []
        #expect(RTXPayload(payload: payload.span) == .probe)
    }

    @Test func singleOctetIsMalformed() {
        let payload: [UInt8] = [1]
        #expect(RTXPayload(payload: payload.span) == .malformed)
    }
}
