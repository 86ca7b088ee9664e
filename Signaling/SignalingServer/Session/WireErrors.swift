import Rooms
import SignalingProtocol

extension MessageError {
    init(_ error: JoinError) {
        let code: ErrorCode =
            switch error.code {
            case .badRequest: .badMessage
            case .badOffer: .badOffer
            case .noSuchRoom: .noSuchRoom
            case .roomFull: .roomFull
            case .roomLocked: .roomLocked
            case .encryptionDiffers: .encryptionDiffers
            case .roomEnded: .roomEnded
            case .removed: .removed
            case .invitationRevoked: .invitationRevoked
            case .hostTaken: .hostTaken
            case .tokenExpired: .tokenExpired
            case .serverFull: .serverFull
            case .draining: .draining
            }
        self.init(code, error.message)
    }

    init(_ error: RoomError) {
        let code: ErrorCode =
            switch error.code {
            case .badRequest: .badMessage
            case .badOffer: .badOffer
            case .forbidden: .forbidden
            case .closed: .notJoined
            case .noSuchParticipant: .noSuchParticipant
            case .participantAway: .participantAway
            case .screenTaken: .screenTaken
            case .noSuchTrack: .noSuchTrack
            case .noSuchSlot: .noSuchSlot
            case .noSuchSource: .noSuchSource
            case .stageFull: .stageFull
            case .queueFull: .queueFull
            case .conflict: .conflict
            }
        self.init(code, error.message)
    }
}

extension MessageError {
    init(_ error: InvitationError) {
        let code: ErrorCode =
            switch error.code {
            case .invitationRevoked: .invitationRevoked
            case .invitationUsedUp: .invitationUsedUp
            case .noSuchInvitation: .noSuchInvitation
            case .tooManyInvitations: .tooManyInvitations
            case .tooManyRequests: .tooManyRequests
            case .removed: .removed
            }
        self.init(code, error.message)
    }
}

extension ClosedReason {
    /// `nil` where the client gets no message, only a close frame.
    init?(_ reason: CloseReason) {
        switch reason {
        case .left: self = .left
        case .replaced: self = .replaced
        case .removed: self = .removed
        case .roomEnded: self = .roomEnded
        case .mediaLost: self = .mediaLost
        case .serverStopping: self = .serverStopping
        case .signalingLost, .vanished, .slowConsumer: return nil
        }
    }
}

extension MessageError {
    /// What a client is told that wants to resume a session which ended so.
    init?(resuming end: CloseReason) {
        switch end {
        case .replaced: self.init(.replaced, end.description)
        case .removed: self.init(.removed, end.description)
        case .roomEnded: self.init(.roomEnded, end.description)
        case .mediaLost: self.init(.mediaLost, end.description)
        case .left, .signalingLost, .vanished, .slowConsumer, .serverStopping: return nil
        }
    }
}
