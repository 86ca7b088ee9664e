/// Why an invitation is not taken.
package typealias InvitationError = Refusal<InvitationErrorCode>

/// The kinds of `InvitationError`.
package enum InvitationErrorCode: String, RefusalCode {
    /// A moderator ended it.
    case invitationRevoked
    /// It let in as many people as it may.
    case invitationUsedUp
    /// The room has no invitation with this id.
    case noSuchInvitation
    /// The room, or the server, has as many invitations as it takes.
    case tooManyInvitations
    /// More invitations are exchanged than the server does in this time.
    case tooManyRequests
    /// The earlier token of the request names an identity that was removed.
    case removed
}
