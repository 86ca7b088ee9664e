import DTLS
import ICE

/// The state of a client's connection.
package enum ClientState: Sendable {
    /// Checks go out. A nominated pair -> handshaking; none -> closed.
    case connecting
    /// The DTLS handshake is under way. Complete -> established; failed -> closed.
    case handshaking
    /// Media can flow. -> closed
    case established
    /// Never left.
    case closed(ClientCloseReason)
}

/// Why a client's connection ended.
package enum ClientCloseReason: Hashable, Sendable {
    /// `close` was called.
    case closedHere
    /// The server sent close_notify.
    case closedByServer
    case ice(ICEControllingAgent.FailureReason)
    /// The server answered no check within the consent timeout (RFC 7675 section 5.1).
    case consentLost
    /// The handshake failed, with the reason as text.
    case handshake(String)
}
