import Cryptography
import DTLS
import Primitives

/// What the clients of one thread share: a certificate and the rules of DTLS.
package final class ClientContext {
    /// The fingerprint for the clients' offers.
    package let fingerprint: CertificateFingerprint
    let dtls: DTLSContext

    /// - Throws: `DTLSError`, where OpenSSL cannot make a context.
    package convenience init(certificate: DTLSCertificate) throws(DTLSError) {
        self.init(try DTLSContext(certificate: certificate), fingerprint: certificate.fingerprint)
    }

    /// With a context of the caller's own making.
    package init(_ dtls: DTLSContext, fingerprint: CertificateFingerprint) {
        self.dtls = dtls
        self.fingerprint = fingerprint
    }
}
