import Cryptography
import DTLS
import Primitives

/// The certificate and the DTLS context that the clients of one thread share.
package final class ClientContext {
    /// The fingerprint for the clients' offers.
    package let fingerprint: CertificateFingerprint
    let dtls: DTLSContext

    /// - Throws: `DTLSError` if OpenSSL cannot make a context.
    package convenience init(certificate: DTLSCertificate) throws(DTLSError) {
        self.init(try DTLSContext(certificate: certificate), fingerprint: certificate.fingerprint)
    }

    /// Uses the caller's DTLS context.
    package init(_ dtls: DTLSContext, fingerprint: CertificateFingerprint) {
        self.dtls = dtls
        self.fingerprint = fingerprint
    }
}

/// The certificate of headless clients. It may be passed to any thread, which makes its own context from it.
package struct ClientIdentity: Sendable {
    private let certificate: DTLSCertificate

    /// Makes a key and signs its certificate.
    ///
    /// - Parameter madeAt: the wall clock, in seconds since 1970.
    /// - Throws: `CryptoError` if OpenSSL fails.
    package init(madeAt unixSeconds: Int64) throws(CryptoError) {
        certificate = try DTLSCertificate(madeAt: unixSeconds)
    }

    /// The fingerprint for the clients' offers.
    package var fingerprint: CertificateFingerprint { certificate.fingerprint }

    /// A context for the clients of one thread.
    package func context() throws(DTLSError) -> ClientContext { try ClientContext(certificate: certificate) }
}
