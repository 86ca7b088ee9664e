import Cryptography
import Foundation
import NIOCore
import NIOSSL

/// A certificate with its chain and key, ready for handshakes. One value serves any number of connections.
package struct ServerCertificate: Sendable {
    let context: NIOSSLContext
    /// What is doubtful about it, a line each: it is served all the same.
    package let warnings: [String]
    /// Whom it is for and until when, in words.
    package let summary: String

    /// How long after its own close_notify (RFC 8446 section 6.1) a connection waits for the client's.
    static let shutdownTimeout = Duration.seconds(1)
    /// The time before the end of the validity from which the end is a warning, in seconds: renewal has failed for a while
    /// then, because certificates of 90 days are renewed 30 days before their end.
    static let expiryNotice: Int64 = 14 * 86_400

    /// - Parameters:
    ///   - chainPEM: the server's certificate first, then those that certify it, each the one before.
    ///   - chainName: how problems name the text: the file's path.
    ///   - now: seconds since 1970.
    /// - Throws: `CertificateError` if it holds no certificate, or the key is another's.
    package init(
        chainPEM: [UInt8], chainName: String, keyPEM: [UInt8], keyName: String, now: Int64
    ) throws(CertificateError) {
        let chain = PEMCertificate.all(in: chainPEM)
        guard let own = chain.first else {
            throw CertificateError(
                "\(chainName) holds no certificate that can be read; PEM is expected: -----BEGIN CERTIFICATE-----")
        }
        let key: PEMPrivateKey
        do throws(PEMPrivateKey.Problem) {
            key = try PEMPrivateKey(pem: keyPEM)
        } catch .encrypted {
            throw CertificateError(
                "the key in \(keyName) is encrypted; write it without a passphrase: "
                    + "openssl pkey -in \(keyName) -out plain.pem")
        } catch {
            throw CertificateError(
                "\(keyName) holds no private key that can be read; PEM is expected: -----BEGIN PRIVATE KEY-----")
        }
        guard own.belongs(to: key) else {
            if let place = chain.firstIndex(where: { $0.belongs(to: key) }) {
                throw CertificateError(
                    "the server's certificate must be the first in \(chainName); the one for the key in \(keyName) is at "
                        + "place \(place + 1)")
            }
            throw CertificateError(
                "the key in \(keyName) does not match the certificate in \(chainName); give the key that the "
                    + "certificate was requested with")
        }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(chainPEM).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.shutdownTimeout = .init(Self.shutdownTimeout)
            // WebSockets begin with an upgrade, which HTTP/1.1 alone has.
            configuration.applicationProtocols = ["http/1.1"]
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw CertificateError("\(chainName) with \(keyName) cannot be used for TLS: \(error)")
        }
        summary = "\(own.subject), valid until \(Self.time(own.validUntil))"
        warnings = Self.warnings(own, chain: chain, name: chainName, now: now)
    }

    private static func warnings(_ own: PEMCertificate, chain: [PEMCertificate], name: String, now: Int64) -> [String] {
        var warnings: [String] = []
        if own.validUntil < now {
            warnings.append("the certificate in \(name) expired at \(time(own.validUntil)): browsers refuse it")
        } else if own.validUntil - now < expiryNotice {
            warnings.append("the certificate in \(name) expires at \(time(own.validUntil)): renew it")
        }
        if own.validFrom > now {
            warnings.append(
                "the certificate in \(name) is valid from \(time(own.validFrom)) on: browsers refuse it until then; is the "
                    + "clock right?")
        }
        if chain.count == 1, !own.isSelfIssued {
            warnings.append(
                "\(name) holds the server's certificate alone, without the one of its issuer \(own.issuer): browsers that "
                    + "do not know it refuse the connection; append the chain (certbot's fullchain.pem has it)")
        }
        return warnings
    }

    private static func time(_ unixSeconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(unixSeconds)).formatted(.iso8601)
    }
}
