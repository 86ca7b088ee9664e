/// Why a participant's request was refused. The room is as it was before.
package typealias RoomError = Refusal<RoomErrorCode>

/// The kinds of `RoomError`.
package enum RoomErrorCode: String, RefusalCode {
    /// A field of the request is wrong or beyond a limit.
    case badRequest
    /// The offer cannot be answered.
    case badOffer
    /// The participant lacks the permission.
    case forbidden
    /// The participant who asks is no longer in the room.
    case closed
    /// The participant named by the request is not in the room.
    case noSuchParticipant
    /// The participant named by the request is in the room, but its signaling is gone.
    case participantAway
    /// As many screens are shared as the room takes.
    case screenTaken
    /// The offer has no such track.
    case noSuchTrack
    /// The offer has no such slot.
    case noSuchSlot
    /// The offer has no section for this source.
    case noSuchSource
    /// The stage has as many members as it takes.
    case stageFull
    /// As many hands are raised as the room takes.
    case queueFull
    /// What the request is about has changed since, or does not allow it.
    case conflict
}
