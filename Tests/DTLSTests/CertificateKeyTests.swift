import Cryptography
import Primitives
import Testing

@testable import DTLS

/// The key exchange's groups do not limit whose certificates are taken: peers make theirs on other curves, and with RSA.
struct CertificateKeyTests {
    static let keys: [DTLSCertificate.Key] = [
        .curve("P-256"), .curve("P-224"), .curve("P-384"), .curve("P-521"), .curve("secp256k1"),
        .curve("brainpoolP256r1"), .rsa(2_048),
    ]
    private static let certificates: [DTLSCertificate.Key: DTLSCertificate] = {
        var made: [DTLSCertificate.Key: DTLSCertificate] = [:]
        for key in keys { made[key] = try? DTLSCertificate(madeAt: 1_700_000_000, key: key) }
        return made
    }()

    private func context(_ certificate: DTLSCertificate) throws -> DTLSContext {
        try DTLSContext(certificate: certificate)
    }

    @Test(arguments: keys)
    func aClientMayHaveAnyKey(key: DTLSCertificate.Key) throws {
        let certificate = try #require(Self.certificates[key])
        let pair = try HandshakePair(
            clientContext: context(certificate), expectedByServer: [certificate.fingerprint])
        pair.run()
        #expect(pair.haveMirroredKeys, "\(pair.server.state)")
        #expect(pair.now == .milliseconds(80))
    }

    @Test(arguments: keys)
    func aServerMayHaveAnyKey(key: DTLSCertificate.Key) throws {
        let certificate = try #require(Self.certificates[key])
        let pair = try HandshakePair(
            serverContext: context(certificate), expectedByClient: [certificate.fingerprint])
        pair.run()
        #expect(pair.haveMirroredKeys, "\(pair.client.state)")
    }

    /// Larger certificates take several datagrams, each of which may be lost.
    @Test(arguments: keys, UInt64(0)..<5)
    func lossHarmsNone(key: DTLSCertificate.Key, seed: UInt64) throws {
        let certificate = try #require(Self.certificates[key])
        let pair = try HandshakePair(
            clientContext: context(certificate), serverContext: context(certificate),
            expectedByClient: [certificate.fingerprint], expectedByServer: [certificate.fingerprint])
        var random = SeededGenerator(seed: seed)
        pair.fate = { _, _ in Int.random(in: 0..<4, using: &random) == 0 ? .lost : .delivered }
        pair.run()
        #expect(pair.haveMirroredKeys, "\(pair.client.state), \(pair.server.state)")
    }

    /// The server still prefers X25519, then P-256, for the key exchange.
    @Test(arguments: BrowserHello.all)
    func theKeyExchangeWithABrowserIsX25519(hello: BrowserHello) throws {
        let server = try DTLSEndpoint(
            context: context(Credentials.server), role: .server, remoteFingerprints: [Credentials.client.fingerprint],
            now: .zero)
        for datagram in hello.datagrams { server.receive(datagram.span, now: .zero) }
        // ServerKeyExchange: named_curve (3), x25519 (29), 32 octets.
        #expect(server.drain().contains { $0.hexadecimal.contains("03001d20") })
    }
}
