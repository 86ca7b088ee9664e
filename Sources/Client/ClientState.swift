import DTLS
import ICE

/// How far a client's connection is.
package enum ClientState: Sendable {
    /// Checks go out. A nominated pair -> handshaking; none -> closed.
    case connecting
    /// DTLS is under way. Through -> established; failed -> closed.
    case handshaking
    /// Media can flow. -> closed
    case established
    /// Never left.
    case closed(ClientCloseReason)
}

/// Why a client's connection is over.
package enum ClientCloseReason: Hashable, Sendable {
    /// `close` was called.
    case closedHere
    /// The server sent close_notify.
    case closedByServer
    case ice(ICEControllingAgent.FailureReason)
    /// The server answered no check for too long (RFC 7675 section 5.1).
    case consentLost
    /// What DTLS said, in words.
    case handshake(String)
}
