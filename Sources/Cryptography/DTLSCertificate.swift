import COpenSSL
import Primitives

/// A self-signed certificate with its private key, on P-256 by default (RFC 8827 section 6.5). A DTLS endpoint presents
/// it to its peer, which checks it by the signaled fingerprint.
///
/// - Note: The unchecked `Sendable` holds because both handles are made in `init`, never changed afterwards, and freed
///   only when the last reference has gone. OpenSSL counts references atomically, and locks its lazy caches in an
///   `EVP_PKEY` (exported keys) and an `X509` (decoded extensions). So contexts of several threads may use one
///   certificate.
@safe package final class DTLSCertificate: @unchecked Sendable {
    /// The kind of key pair. The server's is always on P-256; tests use others for peers.
    package enum Key: Hashable, Sendable {
        /// An elliptic curve by its OpenSSL name.
        case curve(String)
        /// RSA; the value is the size of the modulus in bits.
        case rsa(UInt32)

        package static let p256 = Key.curve("P-256")
    }

    /// The default validity. Few servers run for longer, and peers check the fingerprint rather than the dates.
    package static let defaultLifetime = Duration.seconds(365 * 86_400)
    /// The validity begins this long before the certificate is made, for peers whose clocks are behind.
    package static let backdating = Duration.seconds(86_400)
    /// Random octets of the serial number (RFC 5280 section 4.1.2.2 allows up to 20 octets).
    static let serialOctets = 8

    /// The private key, an `EVP_PKEY *` that lives as long as this object.
    package let privateKey: OpaquePointer
    /// The certificate, an `X509 *` that lives as long as this object.
    package let x509: OpaquePointer
    /// The SHA-256 fingerprint, for SDP.
    package let fingerprint: CertificateFingerprint

    /// Makes a key pair and signs its certificate.
    ///
    /// - Parameters:
    ///   - madeAt: The wall clock, in seconds since 1970 began (UTC); the validity begins a day before (`backdating`).
    ///   - lifetime: The validity after `madeAt`.
    ///   - kind: The kind of key pair.
    /// - Throws: `CryptoError` if X.509 cannot express the time, or OpenSSL does not have the curve.
    package init(
        madeAt unixSeconds: Int64, lifetime: Duration = defaultLifetime, key kind: Key = .p256
    ) throws(CryptoError) {
        let made: OpaquePointer? =
            switch kind {
            case .curve(let name): unsafe COpenSSL_generate_on_curve(name)
            case .rsa(let bits): unsafe COpenSSL_generate_rsa(bits)
            }
        guard let key = unsafe made else { throw .fromQueue("making a key (\(kind))") }
        guard let certificate = unsafe X509_new() else {
            unsafe EVP_PKEY_free(key)
            throw .fromQueue("making a certificate")
        }
        let start = unixSeconds.subtractingReportingOverflow(Self.backdating.components.seconds)
        let end = unixSeconds.addingReportingOverflow(lifetime.components.seconds)
        guard !start.overflow, !end.overflow,
            unsafe Self.complete(certificate, key: key, from: start.partialValue, until: end.partialValue),
            let fingerprint = unsafe CertificateFingerprint(x509: certificate)
        else {
            unsafe X509_free(certificate)
            unsafe EVP_PKEY_free(key)
            throw .fromQueue("signing a certificate")
        }
        unsafe self.privateKey = key
        unsafe self.x509 = certificate
        self.fingerprint = fingerprint
    }

    deinit {
        unsafe X509_free(x509)
        unsafe EVP_PKEY_free(privateKey)
    }

    /// Fills in and signs a new certificate; false if OpenSSL refuses.
    /// - Parameter extensions: each an OpenSSL number (`NID_...`) and a value as in OpenSSL's configuration files.
    static func complete(
        _ certificate: OpaquePointer, key: OpaquePointer, from start: Int64, until end: Int64,
        commonName: String = "forestage", extensions: [(nid: Int32, value: String)] = []
    ) -> Bool {
        // Positive and not zero (RFC 5280 section 4.1.2.2).
        var serial = SecureRandom.bytes(serialOctets).reduce(UInt64(0)) { $0 &<< 8 | UInt64($1) }
        serial = serial &>> 1 | 1
        // Unsafe: OpenSSL's handles are alive throughout; those taken from the certificate belong to it.
        guard unsafe X509_set_version(certificate, 2) == 1,
            unsafe ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
            unsafe ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(start)) != nil,
            unsafe ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(end)) != nil,
            let name = unsafe X509_get_subject_name(certificate),
            unsafe COpenSSL_name_add(name, "CN", commonName) == 1,
            unsafe X509_set_issuer_name(certificate, name) == 1,
            unsafe X509_set_pubkey(certificate, key) == 1,
            extensions.allSatisfy({ unsafe COpenSSL_add_extension(certificate, $0.nid, $0.value) == 1 }),
            unsafe X509_sign(certificate, key, EVP_sha256()) > 0
        else { return false }
        return true
    }

    /// The certificate's DER encoding.
    ///
    /// - Throws: `CryptoError` if OpenSSL has no memory left.
    package func derEncoded() throws(CryptoError) -> [UInt8] {
        let count = unsafe i2d_X509(x509, nil)
        guard count > 0 else { throw .fromQueue("encoding a certificate") }
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(count)) { output, written in
            // Unsafe: the buffer has the length that OpenSSL has just asked for; the certificate cannot change.
            var cursor = output.baseAddress
            written = max(0, Int(unsafe i2d_X509(x509, &cursor)))
        }
    }
}
