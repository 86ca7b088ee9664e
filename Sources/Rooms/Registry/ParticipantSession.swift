/// One participant's hold on its room: what a front calls for its client. Every method throws `RoomError`, with the code
/// `closed` once the participant is no longer in the room.
package struct ParticipantSession: Sendable {
    package let id: ParticipantID
    /// The secret by which the client resumes this session.
    package let resumeToken: String
    private let room: Room

    init(id: ParticipantID, resumeToken: String, room: Room) {
        self.id = id
        self.resumeToken = resumeToken
        self.room = room
    }

    /// Answers a later offer: the first one of a participant who joined without, an ICE restart, or more sections. Sections
    /// already there keep what they are for; `publish` and `slots` say what all sections are for.
    package func offer(_ offer: MediaOffer) async throws(RoomError) -> Answered {
        try await room.offer(offer, by: id)
    }

    /// Changes the wishes for the named slots; the others keep theirs.
    package func view(_ requests: [ViewRequest]) async throws(RoomError) {
        try await room.perform { (state, _) throws(RoomError) in try state.view(requests, by: id) }
    }

    /// Announces that the client sends this source, or will in a moment; forwarded while on stage.
    package func publish(_ source: TrackSource) async throws(RoomError) {
        try await room.perform { (state, _) throws(RoomError) in try state.publish(source, by: id) }
    }

    /// Takes `publish` back.
    package func unpublish(_ source: TrackSource) async throws(RoomError) {
        try await room.perform { (state, _) throws(RoomError) in try state.unpublish(source, by: id) }
    }

    /// Says that the source is silent or black, or no longer.
    package func mute(_ source: TrackSource, _ isMuted: Bool) async throws(RoomError) {
        try await room.perform { (state, _) throws(RoomError) in try state.mute(source, isMuted, by: id) }
    }

    /// Changes the participant's own place on stage.
    package func stage(
        _ action: StageAction, _ preconditions: StagePreconditions = .none
    ) async throws(RoomError) {
        try await room.perform { (state, now) throws(RoomError) in
            try state.stage(action, by: id, preconditions, now: now)
        }
    }

    /// Does something about somebody else, where the participant may moderate.
    package func moderate(
        _ action: ModerationAction, _ preconditions: StagePreconditions = .none
    ) async throws(RoomError) {
        try await room.perform { (state, now) throws(RoomError) in
            try state.moderate(action, by: id, preconditions, now: now)
        }
    }

    /// Locks the room against newcomers, or opens it again.
    package func lockRoom(_ isLocked: Bool) async throws(RoomError) {
        try await room.perform { (state, now) throws(RoomError) in
            try state.lock(isLocked, by: id, now: now)
        }
    }

    /// Ends the room for everybody.
    package func endRoom() async throws(RoomError) {
        try await room.perform { (state, _) throws(RoomError) in try state.end(by: id) }
    }

    /// Leaves the room; does nothing when the participant is no longer in it.
    package func leave() async {
        try? await room.perform { (state, now) throws(RoomError) in state.leave(id, .left, now: now) }
    }

    /// Says that the client's signaling is gone. The participant stays for `RoomsConfiguration.resumeWindow`, unless
    /// its media goes too.
    /// - Parameter attachment: the connection that is lost: 0 for that of the join.
    package func signalingLost(_ attachment: Int = 0) async {
        try? await room.perform { (state, now) throws(RoomError) in
            state.noteSignalingLost(id, attachment: attachment, now: now)
        }
    }

    /// Says that another connection carries the client's messages.
    /// - Parameter attachment: its number, counted from 1.
    /// - Throws: `JoinError` where the client's token would not let it in now: it has expired, or its holder was removed.
    package func signalingBack(_ attachment: Int) async throws { try await room.resume(id, attachment) }
}
