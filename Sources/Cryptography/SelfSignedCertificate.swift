import COpenSSL

/// A certificate on P-256 that a web server signs itself, with its key, both in PEM. Browsers warn of it once and keep the
/// exception that a person makes.
package struct SelfSignedCertificate: Sendable {
    package let certificatePEM: [UInt8]
    /// PKCS #8 (RFC 5958), not encrypted.
    package let keyPEM: [UInt8]

    /// Makes a key pair and signs its certificate.
    ///
    /// - Parameters:
    ///   - names: Host names that it is for; the first is the common name. Each is letters, digits, hyphens and dots.
    ///   - addresses: IPv4 and IPv6 addresses that it is for, without brackets.
    ///   - unixSeconds: The wall clock, in seconds since 1970 began (UTC); the validity begins a day before.
    ///   - lifetime: The validity after that. Apple's browsers take at most 825 days.
    /// - Throws: `CryptoError` if OpenSSL refuses a name, an address or the time.
    package init(
        names: [String], addresses: [String], madeAt unixSeconds: Int64, lifetime: Duration
    ) throws(CryptoError) {
        guard let key = unsafe COpenSSL_generate_on_curve("P-256") else { throw .fromQueue("making a key (P-256)") }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe X509_new() else { throw .fromQueue("making a certificate") }
        defer { unsafe X509_free(certificate) }
        let hosts = names.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
        let isComplete = unsafe DTLSCertificate.complete(
            certificate, key: key, from: unixSeconds &- DTLSCertificate.backdating.components.seconds,
            until: unixSeconds &+ lifetime.components.seconds, commonName: names.first ?? "forestage",
            extensions: [
                (NID_subject_alt_name, hosts.joined(separator: ",")),
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"),
            ])
        guard isComplete else { throw .fromQueue("signing a certificate for \(hosts.joined(separator: ", "))") }
        let certificatePEM = unsafe octetsOfMemoryBIO { bio in unsafe PEM_write_bio_X509(bio, certificate) == 1 }
        let keyPEM = unsafe octetsOfMemoryBIO { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1
        }
        guard let certificatePEM, let keyPEM else { throw .fromQueue("writing a certificate as PEM") }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}
