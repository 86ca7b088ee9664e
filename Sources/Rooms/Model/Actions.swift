/// A participant's change of its own standing.
package enum StageAction: String, Hashable, Sendable, CaseIterable {
    /// Raises a hand; those who start on stage come back at once.
    case request
    /// Takes the hand down.
    case withdraw
    /// Accepts an invitation.
    case accept
    /// Declines an invitation.
    case decline
    /// Leaves the stage.
    case leave
}

/// A moderator's action on another participant.
package enum ModerationAction: Hashable, Sendable {
    case invite(ParticipantID)
    case approve(ParticipantID)
    case deny(ParticipantID)
    case demote(ParticipantID)
    /// Stops forwarding the source until its owner unmutes.
    case mute(ParticipantID, TrackSource)
    /// Closes the participant's session.
    case remove(ParticipantID)
    /// Only for those who manage the room.
    case setPermissions(ParticipantID, Permissions)
}

/// What makes a stage action safe to repeat and to race.
package struct StagePreconditions: Hashable, Sendable {
    /// The stage's version on which the decision was made: a conflict is answered where the participant's standing has
    /// changed since. `nil`: whatever it is now.
    package var version: UInt64?
    /// Unique among the actor's stage actions: an action that comes again with the same id is answered as the first
    /// time and changes nothing. `nil`: every action counts.
    package var requestID: String?

    package init(version: UInt64? = nil, requestID: String? = nil) {
        self.version = version
        self.requestID = requestID
    }

    /// No preconditions.
    package static let none = StagePreconditions()
}
