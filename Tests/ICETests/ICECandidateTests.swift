import ICE
import Primitives
import TestSupport
import Testing

struct ICECandidateTests {
    /// Every candidate attribute in the browsers' offers.
    static func browsersCandidates() throws -> [String] {
        try Fixture.names(in: "sdp").flatMap { name in
            try Fixture.text("sdp/\(name)").split(whereSeparator: \.isNewline)
                .filter { $0.hasPrefix("a=candidate:") }.map { String($0.dropFirst(12)) }
        }
    }

    @Test func theBrowsersCandidatesAreReadAndWrittenBack() throws {
        let values = try Self.browsersCandidates()
        #expect(values.count > 20)
        for value in values {
            let candidate = try ICECandidate(parsing: value)
            // Only the case of the protocol and the order of extensions are free; browsers use the order that we write.
            #expect(candidate.sdpValue.lowercased() == value.lowercased())
        }
    }

    @Test func theFieldsOfACandidateAreRead() throws {
        let text =
            "candidate:842163049 1 udp 1677729535 203.0.113.7 51000 typ srflx raddr 10.0.0.2 rport 50000 generation 0"
        let candidate = try ICECandidate(parsing: text)
        #expect(
            candidate
                == ICECandidate(
                    foundation: "842163049", component: 1, transport: .udp, priority: 1_677_729_535,
                    address: "203.0.113.7", port: 51_000, type: .serverReflexive, relatedAddress: "10.0.0.2",
                    relatedPort: 50_000, extensions: [.init(name: "generation", value: "0")]))
        #expect(candidate.transportAddress == TransportAddress(v4: 203, 0, 113, 7, port: 51_000))
    }

    @Test func namesThatEndInLocalAreKeptAsNames() throws {
        let text = "0 1 UDP 2122252543 3d6a7c1e-5c3d-4a53-8f9e-0a1b2c3d4e5f.local 54321 typ host"
        let candidate = try ICECandidate(parsing: text)
        #expect(candidate.address.hasSuffix(".local"))
        #expect(candidate.transportAddress == nil)
    }

    @Test func tcpCandidatesCarryTheirType() throws {
        let candidate = try ICECandidate(parsing: "7 1 TCP 2105524479 fd00::2 9 typ host tcptype active")
        #expect(candidate.transport == .tcp)
        #expect(candidate.tcpType == .active)
        #expect(candidate.sdpValue == "7 1 tcp 2105524479 fd00::2 9 typ host tcptype active")
    }

    @Test(arguments: [
        ("", ICECandidateError.missingFields(needed: 8, available: 0)),
        ("1 1 udp 1 1.2.3.4 5 typ", .missingFields(needed: 8, available: 7)),
        ("a:b 1 udp 1 1.2.3.4 5 typ host", .invalid(.foundation, "a:b")),
        ("1 0 udp 1 1.2.3.4 5 typ host", .invalid(.component, "0")),
        ("1 257 udp 1 1.2.3.4 5 typ host", .invalid(.component, "257")),
        ("1 1 sctp 1 1.2.3.4 5 typ host", .unsupported(.transport, "sctp")),
        ("1 1 udp 4294967296 1.2.3.4 5 typ host", .invalid(.priority, "4294967296")),
        ("1 1 udp +1 1.2.3.4 5 typ host", .invalid(.priority, "+1")),
        ("1 1 udp 1 1.2.3.4 65536 typ host", .invalid(.port, "65536")),
        ("1 1 udp 1 1.2.3.4 5 type host", .invalid(.type, "type")),
        ("1 1 udp 1 1.2.3.4 5 typ magic", .unsupported(.type, "magic")),
        ("1 1 udp 1 1.2.3.4 5 typ host raddr", .extensionWithoutValue("raddr")),
        ("1 1 udp 1 1.2.3.4 5 typ host rport x", .invalid(.relatedPort, "x")),
        ("1 1 tcp 1 1.2.3.4 5 typ host tcptype odd", .unsupported(.tcpType, "odd")),
        ("1 1 udp 1 1.2.3.4\r\na=x 5 typ host", .controlCharacter),
    ])
    func whatIsNoCandidateIsNamed(_ text: String, _ error: ICECandidateError) {
        #expect(throws: error) { try ICECandidate(parsing: text) }
    }

    @Test func theLimitsHold() throws {
        let base = "1 1 udp 1 1.2.3.4 5 typ host"
        let most = String(repeating: " a b", count: ICECandidate.maximumExtensions)
        #expect(try ICECandidate(parsing: base + most).extensions.count == 16)
        #expect(throws: ICECandidateError.tooManyExtensions(17, limit: 16)) {
            try ICECandidate(parsing: base + most + " a b")
        }
        let longest = base + " a " + String(repeating: "x", count: 1_024 - base.utf8.count - 3)
        #expect(throws: Never.self) { try ICECandidate(parsing: longest) }
        #expect(throws: ICECandidateError.tooLong(octets: 1_025, limit: 1_024)) {
            try ICECandidate(parsing: longest + "x")
        }
        #expect(throws: ICECandidateError.self) {
            try ICECandidate(parsing: String(repeating: "f", count: 33) + base.dropFirst())
        }
    }

    @Test func everyTruncationAndRandomTextIsTakenOrRefusedWithoutATrap() throws {
        var generator = SeededGenerator(seed: 8839)
        for value in try Self.browsersCandidates().prefix(4) {
            for count in 0...value.count { _ = try? ICECandidate(parsing: value.prefix(count)) }
            for _ in 0..<500 {
                var octets = Array(value.utf8)
                octets[Int.random(in: octets.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                _ = try? ICECandidate(parsing: String(decoding: octets, as: UTF8.self))
            }
        }
    }

    @Test func prioritiesFollowTheRecommendedFormula() {
        #expect(ICECandidate.hostPriority(localPreference: 65_535, component: 1) == 2_130_706_431)
        #expect(ICECandidate.hostPriority(localPreference: 0, component: 256) == 126 << 24)
        #expect(ICECandidate.priority(type: .relayed, localPreference: 1, component: 2) == 1 << 8 | 254)
    }

    @Test func aHostCandidateOfOursIsReadBack() throws {
        let address = try #require(TransportAddress("2001:db8::1", port: 40_000))
        let candidate = ICECandidate.host(address: address, localPreference: 100)
        #expect(try ICECandidate(parsing: candidate.sdpValue) == candidate)
        #expect(candidate.transportAddress == address)
        let other = ICECandidate.host(address: TransportAddress(v4: 192, 0, 2, 1, port: 40_000))
        #expect(other.foundation != candidate.foundation)
    }
}
