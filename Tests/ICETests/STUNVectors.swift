import Primitives
import TestSupport
import Testing

/// The messages of RFC 5769 and what was derived from them: Tests/Fixtures/stun_rfc5769.json.
struct STUNVectors: Decodable {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        struct Attribute: Decodable, Sendable {
            var type: UInt16
            var value_hex: String
        }

        struct Expectation: Decodable, Sendable {
            var cls: String
            var username: String?
            var password: String?
            var software: String?
            var priority: UInt32?
            var ice_controlled: String?
            var xor_mapped: String?
            var transaction_id: String
            var fingerprint: String?
            var long_term_key_md5: String?
            var attributes: [Attribute]
        }

        var id: String
        var packet: String
        var expect: Expectation

        var octets: [UInt8] { [UInt8](hexadecimal: packet) ?? [] }
        var key: [UInt8] {
            if let md5 = expect.long_term_key_md5 { return [UInt8](hexadecimal: md5) ?? [] }
            return [UInt8]((expect.password ?? "").utf8)
        }
        var testDescription: String { id }
    }

    struct Negative: Decodable, Sendable {
        var id: String
        var packet: String

        var octets: [UInt8] { [UInt8](hexadecimal: packet) ?? [] }
    }

    var vectors: [Vector]
    var negatives: [Negative]

    static func read() throws -> STUNVectors { try Fixture.json("stun_rfc5769.json") }

    /// The octets of the derived message `id`.
    static func negative(_ id: String) throws -> [UInt8] {
        guard let found = try read().negatives.first(where: { $0.id == id }) else { return [] }
        return found.octets
    }
}
