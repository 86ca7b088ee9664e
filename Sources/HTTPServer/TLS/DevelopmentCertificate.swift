import Cryptography
import Foundation

/// The certificate that a server makes for itself when it is tried out. It lies in a folder, so that the exception that a
/// person made in a browser holds for the next run too.
package struct DevelopmentCertificate: Sendable {
    /// The folder, which only its owner may enter.
    package let folder: String
    /// Names and addresses that a new certificate is for.
    package let names: [String]
    package let addresses: [String]
    /// Those of them without which a certificate is made anew: what people are told to open.
    package let required: [String]

    /// The validity of a new one.
    static let lifetime = Duration.seconds(365 * 86_400)
    /// One that ends sooner than this, in seconds, is made anew.
    static let renewalTime: Int64 = 30 * 86_400

    package init(folder: String, names: [String], addresses: [String], required: [String]) {
        self.folder = folder
        self.names = names.filter(Self.isHostName)
        self.addresses = addresses
        self.required = required
    }

    /// The folder of what programs keep between runs (XDG Base Directory Specification): `$XDG_STATE_HOME/forestage`.
    package static func stateFolder(environment: [String: String]) -> String {
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (state ?? NSHomeDirectory() + "/.local/state") + "/forestage"
    }

    private var file: String { folder + "/development-certificate.pem" }

    /// The certificate of an earlier run, or a new one.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: `CertificateError` where the folder cannot be written.
    package func certificate(now: Int64) throws(CertificateError) -> ServerCertificate {
        if let kept = FileManager.default.contents(atPath: file).map({ [UInt8]($0) }), isGood(kept, now: now),
            let certificate = try? serverCertificate(kept, now: now)
        {
            return certificate
        }
        let made: SelfSignedCertificate
        do throws(CryptoError) {
            made = try SelfSignedCertificate(
                names: names, addresses: addresses, madeAt: now, lifetime: Self.lifetime)
        } catch {
            throw CertificateError("\(error)")
        }
        let pem = made.certificatePEM + made.keyPEM
        try keep(pem)
        return try serverCertificate(pem, now: now)
    }

    private func isGood(_ pem: [UInt8], now: Int64) -> Bool {
        guard let certificate = PEMCertificate.all(in: pem).first else { return false }
        return certificate.validFrom <= now && certificate.validUntil - now >= Self.renewalTime
            && required.allSatisfy(certificate.covers)
    }

    private func serverCertificate(_ pem: [UInt8], now: Int64) throws(CertificateError) -> ServerCertificate {
        try ServerCertificate(chainPEM: pem, chainName: file, keyPEM: pem, keyName: file, now: now)
    }

    private func keep(_ pem: [UInt8]) throws(CertificateError) {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // Made with these permissions, then renamed, so that nobody else ever reads the key.
            let new = file + ".new"
            try? files.removeItem(atPath: new)
            guard files.createFile(atPath: new, contents: Data(pem), attributes: [.posixPermissions: 0o600]),
                unsafe rename(new, file) == 0
            else { throw CocoaError(.fileWriteNoPermission) }
        } catch {
            throw CertificateError(
                "the certificate that was made cannot be kept in \(folder); make that folder writable, or name another by "
                    + "XDG_STATE_HOME")
        }
    }

    private static func isHostName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.first != "." && name.first != "-"
            && name.utf8.allSatisfy { octet in
                switch octet {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
