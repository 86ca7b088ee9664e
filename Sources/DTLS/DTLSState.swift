import Primitives

/// The state of a DTLS endpoint.
package enum DTLSState: Sendable {
    /// The handshake is under way, or has not begun. Goes to any of the others.
    case handshaking
    /// The handshake is complete and the peer's fingerprint is verified. Goes to `closed` or `failed`.
    case established(SRTPKeyingMaterial)
    /// Failed; never left.
    case failed(DTLSFailure)
    /// Closed by either end; never left.
    case closed
}

/// Why a DTLS session failed.
package enum DTLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The peer's certificate has none of the fingerprints that were signaled (RFC 8122 section 5).
    case fingerprintMismatch
    /// The two ends share no SRTP protection profile (RFC 5764 section 4.1.1).
    case noCommonSRTPProfile
    /// The peer does not support the extended master secret (RFC 7627), without which exported keys are not bound to
    /// this handshake.
    case noExtendedMasterSecret
    /// The handshake did not complete within its time limit.
    case timedOut(after: Duration)
    /// The peer sent a fatal alert (RFC 5246 section 7.2.2), or closed before the handshake was complete (alert 0).
    case peerAlert(UInt8)
    /// The peer sent an invalid message, or the two ends have no common parameters: OpenSSL's reason.
    case protocolError(String)

    package var description: String {
        switch self {
        case .fingerprintMismatch: "the peer's certificate has none of the signaled fingerprints"
        case .noCommonSRTPProfile: "the peer offers none of our SRTP protection profiles"
        case .noExtendedMasterSecret: "the peer does not support the extended master secret"
        case .timedOut(let limit): "no handshake within \(limit)"
        case .peerAlert(let alert): "the peer sent alert \(alert)"
        case .protocolError(let reason): reason
        }
    }
}
