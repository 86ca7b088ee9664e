import Cryptography
import Primitives
import TestSupport
import Testing

@testable import ICE

struct STUNMessageTests {
    /// The password of RFC 5769's short-term vectors.
    static let password = [UInt8]("VOkJxbRl1RmTxUk/WvJxBt".utf8)

    /// `#expect` cannot take a span, so these take arrays.
    static func parse(_ octets: [UInt8]) throws(STUNParsingError) -> STUNMessage {
        try STUNMessage(parsing: octets.span)
    }
    static func verifies(_ octets: [UInt8], key: [UInt8]) throws -> Bool {
        try parse(octets).verifiesIntegrity(in: octets.span, key: key.span)
    }
    static func fragment(_ octets: [UInt8]) -> String? { STUNMessage.destinationUsernameFragment(of: octets.span) }
    private func text(_ range: Range<Int>?, of octets: [UInt8]) -> String? {
        range.map { String(decoding: octets[$0], as: UTF8.self) }
    }

    @Test(arguments: try STUNVectors.read().vectors)
    func theMessagesOfRFC5769AreReadAndVerified(_ vector: STUNVectors.Vector) throws {
        let octets = vector.octets
        let message = try Self.parse(octets)
        #expect(message.messageClass == (vector.expect.cls == "request" ? .request : .success))
        #expect(message.method == STUNMessage.bindingMethod)
        var identifier: [UInt8] = []
        identifier.append(bigEndian: message.transactionID.high)
        identifier.append(bigEndian: message.transactionID.low)
        #expect(identifier.hexadecimal == vector.expect.transaction_id)
        #expect(text(message.username, of: octets) == vector.expect.username)
        #expect(text(message.software, of: octets) == vector.expect.software)
        #expect(message.priority == vector.expect.priority)
        #expect(message.xorMappedAddress?.description == vector.expect.xor_mapped)
        #expect(message.hasFingerprint == (vector.expect.fingerprint != nil))
        if let tieBreaker = vector.expect.ice_controlled {
            #expect(message.role == .controlled(tieBreaker: try #require(UInt64(tieBreaker, radix: 16))))
        } else {
            #expect(message.role == nil)
        }
        #expect(message.notUnderstood.isEmpty)
        #expect(try Self.verifies(octets, key: vector.key))
        #expect(try !Self.verifies(octets, key: [1]))
    }

    @Test(arguments: try STUNVectors.read().vectors)
    func everyTruncationIsRefused(_ vector: STUNVectors.Vector) {
        for count in 0..<vector.octets.count {
            let part = Array(vector.octets.prefix(count))
            #expect(throws: STUNParsingError.self) { try Self.parse(part) }
            #expect(Self.fragment(part) == nil)
        }
    }

    @Test(arguments: try STUNVectors.read().vectors)
    func flippedAndRandomOctetsNeverTrapNorVerify(_ vector: STUNVectors.Vector) {
        var generator = SeededGenerator(seed: 5769)
        let integrityEnd = vector.octets.count - (vector.expect.fingerprint == nil ? 0 : 8)
        for _ in 0..<2_000 {
            var octets = vector.octets
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                octets[Int.random(in: 0..<integrityEnd, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = Self.fragment(octets)
            if octets != vector.octets { #expect((try? Self.verifies(octets, key: vector.key)) != true) }
        }
    }

    @Test func randomAttributesBehindARightHeaderNeverTrap() {
        var generator = SeededGenerator(seed: 8489)
        let types: [UInt16] = [1, 6, 8, 9, 10, 0x20, 0x24, 0x25, 0x8022, 0x8028, 0x8029, 0x802A, 0x7FFF]
        var parsed = 0
        for _ in 0..<20_000 {
            var octets: [UInt8] = []
            let identifier = STUNTransactionID.random(using: &generator)
            let builder = STUNMessageBuilder(.request, transactionID: identifier, into: &octets)
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let type = STUNAttributeType(rawValue: types.randomElement(using: &generator) ?? 0)
                let count = [0, 4, 8, 20, Int.random(in: 0...40, using: &generator)].randomElement(using: &generator)
                let value = (0..<(count ?? 0)).map { _ in UInt8.random(in: 0...2, using: &generator) }
                builder.append(.other(type, value), to: &octets)
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                octets[Int.random(in: 20...max(20, octets.count), using: &generator) % octets.count] = 255
            }
            if (try? Self.verifies(octets, key: Self.password)) != nil { parsed += 1 }
            _ = Self.fragment(octets)
        }
        #expect(parsed > 1_000)
    }

    @Test func aBadHeaderIsNamed() throws {
        #expect(throws: STUNParsingError.wrongCookie(0xDE12_A442)) {
            try Self.parse(STUNVectors.negative("bad-cookie"))
        }
        #expect(throws: STUNParsingError.notSTUN(firstOctet: 128)) { try Self.parse(STUNVectors.negative("top-bits")) }
        #expect(throws: STUNParsingError.tooShort(needed: 20, available: 19)) {
            try Self.parse(STUNVectors.negative("short-header"))
        }
        #expect(throws: STUNParsingError.wrongLength(stated: 65_532, available: 88)) {
            try Self.parse(STUNVectors.negative("length-too-big"))
        }
        #expect(throws: STUNParsingError.wrongLength(stated: 87, available: 88)) {
            try Self.parse(STUNVectors.negative("length-not-multiple-of-4"))
        }
    }

    @Test func anAttributePastTheEndIsNamed() throws {
        #expect(throws: STUNParsingError.attributeOverrun(.software, needed: 65_536, available: 84)) {
            try Self.parse(STUNVectors.negative("attr-length-overrun"))
        }
    }

    @Test func aWrongFingerprintIsNamed() throws {
        for id in ["fingerprint-bitflip", "mi-bitflip"] {
            do {
                _ = try Self.parse(STUNVectors.negative(id))
                Issue.record("\(id) was taken")
            } catch STUNParsingError.fingerprintMismatch {
                // As it should be.
            }
        }
    }

    @Test func aMessageWithoutFingerprintStillVerifies() throws {
        let octets = try STUNVectors.negative("no-fingerprint")
        #expect(try !Self.parse(octets).hasFingerprint)
        #expect(try Self.verifies(octets, key: Self.password))
    }

    @Test func aMessageWithoutIntegrityDoesNotVerify() throws {
        #expect(try !Self.verifies(STUNVectors.negative("no-mi"), key: Self.password))
    }

    @Test func requiredAttributesThatAreUnknownAreListedAndOptionalOnesIgnored() throws {
        let required = try Self.parse(STUNVectors.negative("unknown-comprehension-required")).notUnderstood
        #expect(required.count == 1)
        #expect(required[0].rawValue == 0x7FFF)
        #expect(try Self.parse(STUNVectors.negative("unknown-comprehension-optional")).notUnderstood.isEmpty)
    }

    @Test func theFirstOfTwoUsernamesCounts() throws {
        let octets = try STUNVectors.negative("dup-username")
        #expect(try text(Self.parse(octets).username, of: octets) == "evtj:h6vY")
        #expect(Self.fragment(octets) == "evtj")
    }

    @Test func attributesAfterIntegrityAreIgnored() throws {
        let octets = try STUNVectors.negative("attr-after-mi")
        #expect(try !Self.parse(octets).usesCandidate)
        #expect(try Self.verifies(octets, key: Self.password))
    }

    @Test func theFingerprintMustBeTheLastAttribute() {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: .init(high: 1, low: 2), into: &octets)
        // The fingerprint is right for the length that the header has in the end.
        octets.set(bigEndian: 12, at: 2)
        let checksum = CRC32.checksum(octets.span) ^ STUNMessage.fingerprintMask
        octets.append(bigEndian: STUNAttributeType.fingerprint.rawValue)
        octets.append(bigEndian: UInt16(4))
        octets.append(bigEndian: checksum)
        builder.append(.useCandidate, to: &octets)
        #expect(throws: STUNParsingError.fingerprintNotLast) { try Self.parse(octets) }
    }

    @Test func attributesBeyondTheLimitAreRefused() throws {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: .init(high: 1, low: 2), into: &octets)
        for _ in 0..<STUNMessage.maximumAttributes { builder.append(.useCandidate, to: &octets) }
        #expect(try Self.parse(octets).usesCandidate)
        builder.append(.useCandidate, to: &octets)
        #expect(throws: STUNParsingError.tooManyAttributes(limit: 32)) { try Self.parse(octets) }
    }

    @Test func messagesBeyondTheLimitAreRefused() throws {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: .init(high: 1, low: 2), into: &octets)
        builder.append(.software(String(repeating: "x", count: 1_476)), to: &octets)
        #expect(octets.count == STUNMessage.maximumOctets)
        #expect(throws: Never.self) { try Self.parse(octets) }
        builder.append(.useCandidate, to: &octets)
        #expect(throws: STUNParsingError.tooLong(octets: 1_504, limit: 1_500)) { try Self.parse(octets) }
    }

    @Test func theDestinationFragmentIsWhatStandsBeforeTheColon() throws {
        let request = try #require(STUNVectors.read().vectors.first)
        #expect(Self.fragment(request.octets) == "evtj")
        let response = try STUNVectors.read().vectors[1]
        #expect(Self.fragment(response.octets) == nil)
        for name in ["evtj", "a:b", "ev\u{212A}j:x", ":abcd"] {
            var octets: [UInt8] = []
            let builder = STUNMessageBuilder(.request, transactionID: .init(high: 1, low: 2), into: &octets)
            builder.append(.username(name), to: &octets)
            #expect(Self.fragment(octets) == nil)
        }
    }
}
