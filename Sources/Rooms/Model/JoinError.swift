/// Why a join was refused.
package typealias JoinError = Refusal<JoinErrorCode>

/// The kinds of `JoinError`.
package enum JoinErrorCode: String, RefusalCode {
    /// A field of the request is wrong or beyond a limit.
    case badRequest
    /// The offer cannot be answered.
    case badOffer
    /// There is no such room, and the request may not create it.
    case noSuchRoom
    /// The room has as many participants as it takes.
    case roomFull
    /// The room is locked.
    case roomLocked
    /// The room's payloads are encrypted end to end and the request says they are not, or the other way round.
    case encryptionDiffers
    /// A moderator removed this identity.
    case removed
    /// The invitation that the token came of was revoked.
    case invitationRevoked
    /// Somebody else is host already, and the request has nothing but its own word.
    case hostTaken
    /// The token expired while the request waited for the room.
    case tokenExpired
    /// The room was ended while the join was under way.
    case roomEnded
    /// The server has as many rooms as it takes.
    case serverFull
    /// The server takes no new participants because it is about to end.
    case draining
}
