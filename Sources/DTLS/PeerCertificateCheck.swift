import COpenSSL
import Cryptography
import Primitives

/// Compares the peer's certificate with the signaled fingerprints. OpenSSL calls it during the handshake, so that a
/// handshake with another peer fails.
final class PeerCertificateCheck {
    enum Verdict {
        /// No certificate has come yet.
        case pending
        case matched
        case mismatched
    }

    /// The fingerprints of the strongest signaled hash function. By RFC 8122 section 5 only the most preferred hash
    /// function counts, so that an attacker cannot add a weak one.
    let expected: [CertificateFingerprint]
    private(set) var verdict = Verdict.pending

    init(fingerprints: [CertificateFingerprint]) {
        let strongest = fingerprints.max { $0.algorithm.octets < $1.algorithm.octets }
        expected = fingerprints.filter { $0.algorithm == strongest?.algorithm }
    }

    /// Checks the peer's certificate, an `X509 *` or NULL; true if the handshake may continue.
    fileprivate func admit(_ certificate: OpaquePointer?) -> Bool {
        guard let certificate = unsafe certificate, let algorithm = expected.first?.algorithm,
            let fingerprint = unsafe CertificateFingerprint(x509: certificate, algorithm: algorithm),
            expected.contains(fingerprint)
        else {
            verdict = .mismatched
            return false
        }
        verdict = .matched
        return true
    }
}

// Unsafe code: OpenSSL calls a C function, which finds the check through the `SSL`'s application data (index 0), an
// unretained pointer. The session owns the check and frees the `SSL` first.
extension PeerCertificateCheck {
    private static let applicationDataIndex: Int32 = 0

    /// Installs the check for the sessions of `context`, an `SSL_CTX *`. It replaces OpenSSL's verification of chains
    /// and dates, which self-signed certificates do not need (RFC 8827 section 5.6.2 and RFC 8122).
    static func install(in context: OpaquePointer) {
        unsafe SSL_CTX_set_cert_verify_callback(
            context,
            { store, _ in
                let index = SSL_get_ex_data_X509_STORE_CTX_idx()
                guard let session = unsafe X509_STORE_CTX_get_ex_data(store, index),
                    let data = unsafe SSL_get_ex_data(OpaquePointer(session), PeerCertificateCheck.applicationDataIndex)
                else { return 0 }
                let check = unsafe Unmanaged<PeerCertificateCheck>.fromOpaque(data).takeUnretainedValue()
                guard unsafe check.admit(X509_STORE_CTX_get0_cert(store)) else {
                    // The peer gets the alert bad_certificate.
                    unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
                    return 0
                }
                unsafe X509_STORE_CTX_set_error(store, X509_V_OK)
                return 1
            }, nil)
    }

    /// Makes this the check of `session`, an `SSL *` that this must outlive; false without memory.
    func attach(to session: OpaquePointer) -> Bool {
        unsafe SSL_set_ex_data(session, Self.applicationDataIndex, Unmanaged.passUnretained(self).toOpaque()) == 1
    }
}
