import MediaControl

/// Why a participant is no longer in the room.
package enum CloseReason: Hashable, Sendable, CustomStringConvertible {
    /// The participant left.
    case left
    /// The same identity joined again.
    case replaced
    /// Somebody who moderates removed the participant.
    case removed
    /// The room was ended.
    case roomEnded
    /// The worker closed the participant's transport.
    case mediaLost(TransportCloseReason)
    /// The participant's signaling did not come back in time.
    case signalingLost
    /// The participant's signaling and its media are both gone.
    case vanished
    /// Nobody read the participant's events until the backlog was full.
    case slowConsumer
    /// The server ends.
    case serverStopping

    package var description: String {
        switch self {
        case .left: "the participant left"
        case .replaced: "the same identity joined again"
        case .removed: "removed by a moderator"
        case .roomEnded: "the room was ended"
        case .mediaLost(let reason): "the media connection is gone (\(reason.rawValue))"
        case .signalingLost: "the signaling connection did not come back in time"
        case .vanished: "the signaling connection and the media are gone"
        case .slowConsumer: "events were not read in time"
        case .serverStopping: "the server is stopping"
        }
    }

    /// Whether the participant's place is kept for it to come back to.
    var keepsPlace: Bool {
        switch self {
        case .mediaLost, .signalingLost, .vanished, .slowConsumer: true
        case .left, .replaced, .removed, .roomEnded, .serverStopping: false
        }
    }
}
