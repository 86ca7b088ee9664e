import Primitives
import Testing

struct WireTests {
    @Test func readsAreBigEndianAndChecked() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        #expect(try bytes.span.uint16(at: 0) == 0x0102)
        #expect(try bytes.span.uint24(at: 1) == 0x020304)
        #expect(try bytes.span.uint32(at: 4) == 0x0506_0708)
        #expect(try bytes.span.uint64(at: 0) == 0x0102_0304_0506_0708)
        #expect(throws: ShortRead(needed: 9, available: 8)) { try bytes.span.uint16(at: 7) }
        #expect(throws: ShortRead.self) { try bytes.span.uint32(at: -1) }
        #expect(throws: ShortRead.self) { try bytes.span.bytes(Int.max, at: 4) }
    }

    @Test func hexadecimalRoundTripsAndRefusesOtherText() {
        #expect([UInt8](hexadecimal: "00fFa5") == [0, 255, 165])
        #expect([UInt8](hexadecimal: "0") == nil)
        #expect([UInt8](hexadecimal: "0g") == nil)
        #expect([0, 255, 165].hexadecimal == "00ffa5")
    }

    @Test func fingerprintsAreParsedAndWritten() throws {
        let text = "sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":")
        let fingerprint = try #require(CertificateFingerprint(sdpValue: text))
        #expect(fingerprint.sdpValue == text)
        #expect(CertificateFingerprint(sdpValue: "sha-1 AB:CD") == nil)
        #expect(CertificateFingerprint(sdpValue: "sha-256 AB:CD") == nil)
    }
}
