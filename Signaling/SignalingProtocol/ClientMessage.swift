/// A request of a client; README.md describes each.
public enum ClientMessage: Equatable, Sendable {
    case join(JoinMessage)
    /// Takes up a session whose connection is lost, in place of `join`.
    case resume(ResumeMessage)
    case offer(OfferMessage)
    /// The client's wishes for the slots that changed.
    case view([SlotWish])
    /// The section of the source carries a track.
    case publish(MediaSource)
    case unpublish(MediaSource)
    /// The track stays, but is silent or black.
    case mute(MediaSource, muted: Bool)
    /// A change of the client's own stage state.
    case stage(StageStep)
    /// A moderator's change of another's stage state; refused if the participant's state changed since `version`.
    case stageOf(participant: String, StageDecision, version: Int?)
    case muteParticipant(String, MediaSource)
    case removeParticipant(String)
    case lockRoom(Bool)
    case endRoom
    /// Makes an invitation that admits people with this role, each with an identity of its own.
    case createInvitation(InvitationRequest)
    case listInvitations
    /// Revokes the invitation with this id, and the access tokens obtained with it.
    case revokeInvitation(String)
    /// Measurements by name, for the server's metrics.
    case telemetry([String: Double])
    case ping
    case leave
}

/// A participant's change of its own stage state.
public enum StageStep: String, Sendable, CaseIterable {
    case request = "stage.request"
    case withdraw = "stage.withdraw"
    case accept = "stage.accept"
    case decline = "stage.decline"
    case leave = "stage.leave"
}

/// A moderator's change of another's stage state.
public enum StageDecision: String, Sendable, CaseIterable {
    case invite = "stage.invite"
    case approve = "stage.approve"
    case deny = "stage.deny"
    case demote = "stage.demote"
}

extension ClientMessage {
    /// The message's name on the wire.
    public var type: String {
        switch self {
        case .join: "join"
        case .resume: "resume"
        case .offer: "offer"
        case .view: "view"
        case .publish: "publish"
        case .unpublish: "unpublish"
        case .mute: "mute"
        case .stage(let step): step.rawValue
        case .stageOf(_, let decision, _): decision.rawValue
        case .muteParticipant: "participant.mute"
        case .removeParticipant: "participant.remove"
        case .lockRoom: "room.lock"
        case .endRoom: "room.end"
        case .createInvitation: "invitation.create"
        case .listInvitations: "invitation.list"
        case .revokeInvitation: "invitation.revoke"
        case .telemetry: "telemetry"
        case .ping: "ping"
        case .leave: "leave"
        }
    }
}
