import SignalingProtocol
import Testing

@testable import SignalingServer

/// Framing and the closing handshake, rule by rule (RFC 6455 sections 5 to 8).
struct ClosingRulesTests {
    /// The close code that the client's frames bring about; then the server closes.
    private func closeCode(_ client: @escaping @Sendable (RawClient) async throws -> Void) async throws -> UInt16? {
        try await TestServer.run { port in
            try await RawClient.connect(port) { raw in
                _ = try await raw.upgrade()
                try await client(raw)
                let code = try await raw.closeCode()
                #expect(await raw.isAtEnd())
                return code
            }
        }
    }

    private func closeCode(ofPayload payload: [UInt8]) async throws -> UInt16? {
        try await closeCode { try await $0.send(opcode: 8, payload) }
    }

    private static func octets(_ code: UInt16) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xFF)] }

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func section7_4CodesThatMayBeSentAreEchoed(_ code: UInt16) async throws {
        #expect(try await closeCode(ofPayload: Self.octets(code)) == code)
    }

    @Test(arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    func section7_4OtherCodesAre1002(_ code: UInt16) async throws {
        #expect(try await closeCode(ofPayload: Self.octets(code)) == 1002)
    }

    @Test func section5_5_1AnEmptyCloseIsAnsweredByOne() async throws {
        #expect(try await closeCode(ofPayload: []) == nil)
    }

    @Test(arguments: [0, 3, 255] as [UInt8])
    func section5_5_1OneOctetIsNoCode(_ octet: UInt8) async throws {
        #expect(try await closeCode(ofPayload: [octet]) == 1002)
    }

    @Test func section5_5_1TheReasonIsUTF8() async throws {
        #expect(try await closeCode(ofPayload: Self.octets(1000) + Array("gr\u{FC}\u{DF}e".utf8)) == 1000)
        for bad in [[0xC3, 0x28], [0xFF], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x92], [0xC0, 0x80]] as [[UInt8]] {
            #expect(try await closeCode(ofPayload: Self.octets(1000) + bad) == 1007)
        }
    }

    @Test func section5_5AControlFrameHas125OctetsInOnePiece() async throws {
        let reason = [UInt8](repeating: 0x78, count: 123)
        #expect(try await closeCode(ofPayload: Self.octets(1000) + reason) == 1000)
        #expect(try await closeCode(ofPayload: Self.octets(1000) + reason + [0x78]) == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 8, Self.octets(1000), isLast: false) } == 1002)
    }

    @Test(arguments: [1, 8, 9, 10] as [UInt8])
    func section5_1EveryFrameOfAClientIsMasked(_ opcode: UInt8) async throws {
        let payload = opcode == 8 ? Self.octets(1000) : [0x78]
        #expect(try await closeCode { try await $0.send(opcode: opcode, payload, isMasked: false) } == 1002)
    }

    @Test(arguments: [0x11, 0x21, 0x41, 0x18, 0x49] as [UInt8])
    func section5_2ReservedBitsAreNotSet(_ firstOctet: UInt8) async throws {
        #expect(try await closeCode { try await $0.send(opcode: firstOctet, []) } == 1002)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func section5_2ReservedOpcodesAreNotUsed(_ opcode: UInt8) async throws {
        #expect(try await closeCode { try await $0.send(opcode: opcode, []) } == 1002)
    }

    @Test func section5_4AMessageIsNotBegunInsideOfAnother() async throws {
        #expect(
            try await closeCode {
                try await $0.send(opcode: 1, [0x78], isLast: false)
                try await $0.send(opcode: 1, [0x78])
            } == 1002)
    }

    @Test func section8_1TextThatIsNotUTF8Is1007() async throws {
        #expect(
            try await closeCode {
                // A character that is cut by the end of the message, though not by that of a fragment.
                try await $0.send(opcode: 1, [0xF0, 0x9F], isLast: false)
                try await $0.send(opcode: 0, [0x92])
            } == 1007)
    }

    @Test func section8_1ACharacterMayLieInTwoFragments() async throws {
        try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                _ = try await client.upgrade()
                try await client.send(opcode: 1, [0xF0, 0x9F], isLast: false)
                try await client.send(opcode: 0, [0x92, 0x9C])
                #expect(try await client.frame().text == "\u{1F49C}")
            }
        }
    }
}
