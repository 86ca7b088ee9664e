import ICE
import Primitives
import TestSupport
import Testing

/// What a lite agent answers and what it drops.
struct ICELiteAgentAnswerTests {
    private typealias Fixture = LiteAgentFixture

    @Test func aValidCheckIsAnsweredWithTheAddressItCameFrom() throws {
        var fixture = Fixture()
        let check = Check(to: Fixture.server, from: Fixture.client)
        #expect(fixture.receive(check.octets, on: Fixture.first) == .answer)
        let response = try fixture.parsedResponse()
        #expect(response.messageClass == .success)
        #expect(response.transactionID == check.transactionID)
        #expect(response.xorMappedAddress == Fixture.first.remote)
    }

    @Test func aCheckOverIPv6IsAnsweredToo() throws {
        var fixture = Fixture()
        let remote = try #require(TransportAddress("2001:db8::2", port: 9_000))
        let local = try #require(TransportAddress("2001:db8::1", port: 443))
        #expect(fixture.check(on: NetworkPath(local: local, remote: remote)) == .answer)
        #expect(try fixture.parsedResponse().xorMappedAddress == remote)
    }

    @Test(arguments: [UInt64(0), 1, .max])
    func aCheckOfAControlledAgentIsAnsweredWithRoleConflict(_ tieBreaker: UInt64) throws {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client, nominating: true)
        check.role = .controlled(tieBreaker: tieBreaker)
        #expect(fixture.receive(check.octets, on: Fixture.first) == .answer)
        let response = try fixture.parsedResponse()
        #expect(response.messageClass == .error)
        #expect(response.errorCode == .roleConflict)
        #expect(!fixture.agent.isValidated(Fixture.first))
        #expect(fixture.agent.selectedPath == nil)
    }

    @Test func aCheckThatClaimsNoRoleIsAnswered() {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client)
        check.role = nil
        #expect(fixture.receive(check.octets, on: Fixture.first) == .answer)
    }

    @Test func anUnknownRequiredAttributeIsAnsweredWithItsName() throws {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client, nominating: true)
        check.extra = [.other(.init(rawValue: 0x7FFF), [1, 2, 3, 4])]
        #expect(fixture.receive(check.octets, on: Fixture.first) == .answer)
        let response = try fixture.parsedResponse()
        #expect(response.errorCode == .unknownAttribute)
        #expect(response.unknownAttributes.map { Array(fixture.response[$0]) } == [0x7F, 0xFF])
        #expect(!fixture.agent.isValidated(Fixture.first))
    }

    @Test func anUnknownAttributeOfARequestWithWrongIntegrityIsNotAnswered() {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client)
        check.extra = [.other(.init(rawValue: 0x7FFF), [1, 2, 3, 4])]
        check.password = "anotherPasswordOfManyChars"
        #expect(fixture.receive(check.octets, on: Fixture.first) == .drop(.integrityMismatch))
    }

    @Test func unknownOptionalAttributesAreIgnored() {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client)
        // Chromium's GOOG-NETWORK-INFO and nomination.
        check.extra = [.other(.init(rawValue: 0xC057), [0, 1, 0, 0]), .other(.init(rawValue: 0xC001), [0, 0, 0, 1])]
        #expect(fixture.receive(check.octets, on: Fixture.first) == .answer)
    }

    @Test func theRFCsRequestsGetWhatTheFixtureExpects() throws {
        let local = ICECredentials(usernameFragment: "evtj", password: "VOkJxbRl1RmTxUk/WvJxBt")
        let expected: [(String, ICELiteAgent.OnDatagram)] = [
            ("mi-bitflip", .drop(.fingerprintMismatch)), ("fingerprint-bitflip", .drop(.fingerprintMismatch)),
            ("bad-cookie", .drop(.malformed)), ("top-bits", .drop(.malformed)), ("short-header", .drop(.malformed)),
            ("length-too-big", .drop(.malformed)), ("length-not-multiple-of-4", .drop(.malformed)),
            ("attr-length-overrun", .drop(.malformed)), ("no-mi", .drop(.unauthenticated)),
            ("unknown-comprehension-required", .answer), ("unknown-comprehension-optional", .answer),
            ("dup-username", .answer),
            // These two claim the controlled role.
            ("no-fingerprint", .answer), ("attr-after-mi", .answer),
        ]
        #expect(try Set(expected.map(\.0)) == Set(STUNVectors.read().negatives.map(\.id)))
        for (id, outcome) in expected {
            var agent = ICELiteAgent(local: local, remote: Fixture.client, now: .zero)
            let octets = try STUNVectors.negative(id)
            var response: [UInt8] = []
            let result = agent.receive(octets.span, on: Fixture.first, now: .zero, response: &response)
            #expect(result == outcome, "\(id)")
            #expect(response.count <= octets.count)
        }
    }

    @Test func wrongIntegrityIsDropped() {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client, nominating: true)
        check.password = Fixture.client.password
        #expect(fixture.receive(check.octets, on: Fixture.first) == .drop(.integrityMismatch))
        #expect(fixture.response.isEmpty)
        #expect(!fixture.agent.isValidated(Fixture.first))
    }

    @Test(arguments: ["other:cli1", "srvUfra:cli1", "srvUfrag", "srvUfragX:cli1", ":", ""])
    func aCheckForAnotherAgentIsDropped(_ username: String) {
        var fixture = Fixture()
        var check = Check(to: Fixture.server, from: Fixture.client)
        check.username = username
        #expect(fixture.receive(check.octets, on: Fixture.first) == .drop(.unknownUsername))
    }

    @Test func indicationsResponsesAndOtherMethodsAreDropped() {
        for (messageClass, method, reason) in [
            (STUNMessage.Class.indication, 1, ICEDropReason.indication), (.success, 1, .unexpectedResponse),
            (.error, 1, .unexpectedResponse), (.request, 3, .notBinding),
        ] {
            var fixture = Fixture()
            var octets: [UInt8] = []
            let builder = STUNMessageBuilder(
                messageClass, method: UInt16(method), transactionID: .init(high: 1, low: 1), into: &octets)
            builder.append(.username("srvUfrag:cli1"), to: &octets)
            builder.appendMessageIntegrity(key: Array(Fixture.server.password.utf8).span, to: &octets)
            #expect(fixture.receive(octets, on: Fixture.first) == .drop(reason))
            #expect(fixture.response.isEmpty)
        }
    }

    @Test func noAnswerIsLargerThanItsRequest() throws {
        let short = ICECredentials(usernameFragment: "abcd", password: Fixture.server.password)
        var check = Check(to: short, from: Fixture.client, nominating: true)
        check.username = "abcd:"
        check.role = nil
        check.usesCandidate = false
        check.hasFingerprint = false
        let octets = check.octets
        let remote = try #require(TransportAddress("2001:db8::2", port: 9_000))
        var agent = ICELiteAgent(local: short, remote: Fixture.client, now: .zero)
        var response: [UInt8] = [1]
        let path = NetworkPath(local: remote, remote: remote)
        let result = agent.receive(octets.span, on: path, now: .zero, response: &response)
        #expect(result == .drop(.answerTooLarge))
        #expect(response.isEmpty)
        #expect(!agent.isValidated(path))
    }

    @Test func randomDatagramsAreDropped() {
        var generator = SeededGenerator(seed: 8445)
        var fixture = Fixture()
        let valid = Check(to: Fixture.server, from: Fixture.client, nominating: true).octets
        for _ in 0..<3_000 {
            var octets = valid
            // FINGERPRINT itself may become another attribute behind MESSAGE-INTEGRITY, which is rightly ignored.
            octets[Int.random(in: 0..<(octets.count - 8), using: &generator)] ^= .random(in: 1...255, using: &generator)
            let count = Int.random(in: 0...octets.count, using: &generator)
            for datagram in [octets, Array(valid.prefix(min(count, valid.count - 1)))] {
                guard case .drop = fixture.receive(datagram, on: Fixture.first) else {
                    Issue.record("answered \(datagram.hexadecimal)")
                    continue
                }
            }
        }
        #expect(fixture.agent.selectedPath == nil)
    }
}
