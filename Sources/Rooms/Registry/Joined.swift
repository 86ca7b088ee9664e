/// The result of a join.
package struct Joined: Sendable {
    package var session: ParticipantSession
    /// The SDP answer; `nil` for a join without an offer.
    package var answer: String?
    package var participant: ParticipantInfo
    package var room: RoomInfo
    package var stage: StageSnapshot
    package var slots: [SlotInfo]
    /// How many participants are not on stage.
    package var audience: Int
    /// Everything that changes from now on, in order; ends after `closed`. One reader. Whoever does not read it is
    /// closed as a slow consumer when `RoomsConfiguration.eventBacklog` events wait.
    package var events: AsyncStream<RoomEvent>
}

/// The result of a further offer.
package struct Answered: Sendable {
    /// The SDP answer.
    package var answer: String
    /// All slots, the new ones too.
    package var slots: [SlotInfo]
}
