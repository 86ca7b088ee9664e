import Cryptography
import Primitives
import Testing

@testable import DTLS

/// Who the peer is, is known by its certificate's fingerprint alone (RFC 8122 section 5).
struct PeerCertificateTests {
    @Test func theServerTurnsAStrangerAway() throws {
        let pair = try HandshakePair(expectedByServer: [Credentials.stranger.fingerprint])
        pair.run()
        #expect(pair.server.state.failure == .fingerprintMismatch)
        // bad_certificate
        #expect(pair.client.state.failure == .peerAlert(42))
        // The server knows at once, the client after the grace for plaintext alerts.
        #expect(pair.now < .milliseconds(1_200))
    }

    @Test func theClientTurnsAStrangerAway() throws {
        let pair = try HandshakePair(expectedByClient: [Credentials.stranger.fingerprint])
        pair.run()
        #expect(pair.client.state.failure == .fingerprintMismatch)
        #expect(pair.server.state.failure == .peerAlert(42))
    }

    @Test func withoutAFingerprintNobodyMatches() throws {
        let pair = try HandshakePair(expectedByServer: [])
        pair.run()
        #expect(pair.server.state.failure == .fingerprintMismatch)
        #expect(pair.client.state.keys == nil)
    }

    @Test(arguments: CertificateFingerprint.Algorithm.allCases)
    func everyHashFunctionIsKnown(algorithm: CertificateFingerprint.Algorithm) throws {
        let certificate = try Credentials.client.derEncoded()
        let known = CertificateFingerprint(ofCertificate: certificate.span, algorithm: algorithm)
        let fingerprint = try #require(known)
        let pair = try HandshakePair(expectedByServer: [Credentials.stranger.fingerprint, fingerprint])
        pair.run()
        #expect(pair.haveMirroredKeys)
    }

    @Test func theStrongestSignaledHashFunctionCounts() throws {
        let stranger = try Credentials.stranger.derEncoded()
        let sha512 = CertificateFingerprint(ofCertificate: stranger.span, algorithm: .sha512)
        let strong = try #require(sha512)
        let pair = try HandshakePair(expectedByServer: [Credentials.client.fingerprint, strong])
        pair.run()
        #expect(pair.server.state.failure == .fingerprintMismatch)
    }
}
