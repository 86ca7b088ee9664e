import COpenSSL

/// Why an operation of a DTLS endpoint or context failed.
package enum DTLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// OpenSSL refused: no memory, or an OpenSSL configured without the features of DTLS-SRTP.
    case openSSL(operation: String, reason: String)
    /// Application data needs an established session that has not been released.
    case notEstablished
    /// More application data than a datagram holds.
    case tooLong(octets: Int, limit: Int)

    package var description: String {
        switch self {
        case .openSSL(let operation, let reason): "\(operation): \(reason)"
        case .notEstablished: "there is no established session to send in"
        case .tooLong(let octets, let limit): "\(octets) octets do not fit a datagram, which holds \(limit)"
        }
    }

    /// The error for `operation` with the first reason of this thread's OpenSSL error queue, which is emptied.
    static func fromQueue(_ operation: String) -> DTLSError {
        .openSSL(operation: operation, reason: OpenSSLReason.takeFirst().text)
    }
}

/// OpenSSL's reason for a failure.
struct OpenSSLReason {
    var text: String
    /// The alert, if the reason is a fatal alert of the peer.
    var peerAlert: UInt8?

    /// The first of this thread's error queue, which is emptied.
    static func takeFirst() -> OpenSSLReason {
        let code = ERR_get_error()
        ERR_clear_error()
        // Unsafe: OpenSSL returns a pointer to a constant text or NULL; it is copied.
        let text = unsafe ERR_reason_error_string(code).map { text in unsafe String(cString: text) }
        return OpenSSLReason(
            text: text ?? "OpenSSL gives no reason", peerAlert: UInt8(exactly: COpenSSL_alert_of_error(code)))
    }
}
