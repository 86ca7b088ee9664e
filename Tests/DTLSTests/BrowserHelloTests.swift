import Cryptography
import Primitives
import Testing

@testable import DTLS

/// Both browsers' ClientHello comes in two datagrams; the server's answer must come whatever the network does to them.
struct BrowserHelloTests {
    private static let answer: [HandshakeFragment.MessageType] = [
        .serverHello, .certificate, .serverKeyExchange, .certificateRequest, .serverHelloDone,
    ]

    private func makeServer() throws -> DTLSEndpoint {
        try DTLSEndpoint(
            context: DTLSContext(certificate: Credentials.server), role: .server,
            remoteFingerprints: [Credentials.client.fingerprint], now: .zero)
    }

    private func receive(_ datagrams: [[UInt8]], by server: DTLSEndpoint, now: MonotonicInstant) {
        for datagram in datagrams { server.receive(datagram.span, now: now) }
    }

    @Test func twoBrowsersAreInTheFixture() {
        #expect(BrowserHello.all.map(\.datagrams.count) == [2, 2])
        for hello in BrowserHello.all {
            for datagram in hello.datagrams { #expect(DTLSEndpoint.isClientHello(datagram.span) == true) }
        }
    }

    @Test(arguments: BrowserHello.all, [[0, 1], [1, 0], [0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0]])
    func theServerAnswersInOneFlight(hello: BrowserHello, order: [Int]) throws {
        let server = try makeServer()
        receive(order.map { hello.datagrams[$0] }, by: server, now: .zero)
        let flight = server.drain()
        #expect(messageTypes(in: flight) == Self.answer)
        #expect(flight.allSatisfy { $0.count <= 1_200 })
        #expect(server.nextTimeout == .milliseconds(100))
    }

    @Test(arguments: BrowserHello.all)
    func halfAHelloGetsNoAnswer(hello: BrowserHello) throws {
        let server = try makeServer()
        receive([hello.datagrams[1], hello.datagrams[1]], by: server, now: .zero)
        #expect(server.drain().isEmpty)
        // Only the handshake's limit is left to wait for.
        #expect(server.nextTimeout == MonotonicInstant.zero + DTLSTiming.default.handshakeLimit)
    }

    @Test(arguments: BrowserHello.all)
    func aHelloWhoseFirstHalfWasLostIsAnsweredWhenItIsSentAgain(hello: BrowserHello) throws {
        let server = try makeServer()
        receive([hello.datagrams[1]], by: server, now: .zero)
        receive(hello.datagrams, by: server, now: .milliseconds(50))
        #expect(messageTypes(in: server.drain()) == Self.answer)
    }

    @Test(arguments: BrowserHello.all)
    func aRepeatedHelloGetsTheSameFlightAgain(hello: BrowserHello) throws {
        let server = try makeServer()
        receive(hello.datagrams, by: server, now: .zero)
        let flight = server.drain()
        receive(hello.datagrams, by: server, now: .milliseconds(50))
        #expect(server.drain().map(unnumbered) == flight.map(unnumbered))
        // The doubled half of that repetition does not.
        receive(hello.datagrams, by: server, now: .milliseconds(60))
        #expect(server.drain().isEmpty)
    }

    @Test(arguments: BrowserHello.all)
    func theServersOrderOfProfilesAndCiphersDecides(hello: BrowserHello) throws {
        let server = try makeServer()
        receive(hello.datagrams, by: server, now: .zero)
        let serverHello = try #require(server.drain().first).hexadecimal
        // use_srtp (14), 5 octets, a list of 2, AEAD_AES_128_GCM, no MKI.
        #expect(serverHello.contains("000e000500020007" + "00"))
        // No session id, then TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression.
        #expect(serverHello.contains("00" + "c02b" + "00"))
        // extended_master_secret (23), empty.
        #expect(serverHello.contains("00170000"))
    }

    @Test(arguments: BrowserHello.all)
    func noTruncationTrapsOrIsAnswered(hello: BrowserHello) throws {
        let server = try makeServer()
        for datagram in hello.datagrams {
            for count in datagram.indices { server.receive(datagram.span.extracting(first: count), now: .zero) }
        }
        #expect(server.drain().isEmpty)
        receive(hello.datagrams, by: server, now: .zero)
        #expect(messageTypes(in: server.drain()) == Self.answer)
    }
}
