import ICE
import Primitives

/// The server's end of one peer connection, for its answers.
package struct LocalSession: Sendable {
    package var credentials: ICECredentials
    /// The fingerprint of the server's DTLS certificate.
    package var fingerprint: CertificateFingerprint
    /// Host addresses of the peer's worker, all with its port; the first of a family is preferred.
    package var candidates: [TransportAddress]
    /// Whether the worker takes TCP connections at the same addresses and port (RFC 6544).
    package var acceptsTCP: Bool
    /// Stays the same for the life of the peer connection; the top bit is not used (RFC 9429 section 5.2.1).
    package var sessionID: UInt64
    /// Increases with each answer.
    package var version: UInt64

    package init(
        credentials: ICECredentials, fingerprint: CertificateFingerprint, candidates: [TransportAddress],
        acceptsTCP: Bool = false, sessionID: UInt64, version: UInt64
    ) {
        self.credentials = credentials
        self.fingerprint = fingerprint
        self.candidates = candidates
        self.acceptsTCP = acceptsTCP
        self.sessionID = sessionID
        self.version = version
    }
}
