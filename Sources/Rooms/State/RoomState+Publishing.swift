import MediaControl
import Primitives

extension RoomState {
    /// The client sends, or is about to send, this source. On stage it is announced and forwarded at once; else it is
    /// noted, so that a promotion opens its gate without a further message.
    mutating func publish(_ source: TrackSource, by id: ParticipantID) throws(RoomError) -> RoomEffects {
        let participant = try requireParticipant(id)
        guard participant.permissions.publish.contains(source) else {
            throw RoomError(.forbidden, "\(id) may not publish \(source.rawValue)")
        }
        if source == .screen, stage.standing(of: id) == .onStage, let other = screenSharer(besides: id) {
            throw RoomError(
                .screenTaken,
                "\(other.name) is sharing a screen, and the room shows \(settings.screenCapacity) at a time: wait until "
                    + "they stop, or have a host stop it")
        }
        return try changePublication(source, of: id) {
            $0.isAnnounced = true
            // A moderator's word was about the screen that was shared then.
            if source == .screen { $0.isSilenced = false }
        }
    }

    /// Whether as many others share a screen as the room takes.
    func isScreenTaken(besides id: ParticipantID) -> Bool { screenSharer(besides: id) != nil }

    /// The last of the others who share a screen, where they are as many as the room takes.
    private func screenSharer(besides id: ParticipantID) -> Participant? {
        let sharers = stage.members.compactMap { roster[$0] }.filter { member in
            member.id != id && member.publications.contains { $0.source == .screen && $0.isAnnounced }
        }
        return sharers.count >= settings.screenCapacity ? sharers.last : nil
    }

    /// The client no longer sends this source.
    mutating func unpublish(_ source: TrackSource, by id: ParticipantID) throws(RoomError) -> RoomEffects {
        try changePublication(source, of: id) { publication in
            publication.isAnnounced = false
            publication.isMuted = false
            publication.isSilenced = false
        }
    }

    /// Mutes or unmutes a source. Unmuting also ends a moderator's mute.
    mutating func mute(_ source: TrackSource, _ isMuted: Bool, by id: ParticipantID) throws(RoomError) -> RoomEffects {
        try changePublication(source, of: id) { publication in
            publication.isMuted = isMuted
            if !isMuted { publication.isSilenced = false }
        }
    }

    /// Stores the viewer's wishes for its slots and seats the stage anew for this viewer.
    mutating func view(_ requests: [ViewRequest], by id: ParticipantID) throws(RoomError) -> RoomEffects {
        let participant = try requireParticipant(id)
        var wishes: [(slot: Int, request: ViewRequest)] = []
        for request in requests {
            guard let slot = participant.seating.index(of: request.mid) else {
                throw RoomError(.noSuchSlot, "no slot of the offer has the mid \(quoted(request.mid))")
            }
            if case .track(let track) = request.wish { try checkStage(shows: track) }
            wishes.append((slot, request))
        }
        for (slot, request) in wishes { roster[id]?.seating.setRequest(request, slot: slot) }
        var effects = RoomEffects()
        reseat(id, &effects)
        return effects
    }

    private func checkStage(shows track: TrackID) throws(RoomError) {
        guard let id = roster.id(track: track), stage.standing(of: id) == .onStage,
            roster[id]?.tracks.contains(where: { $0.track == track }) == true
        else { throw RoomError(.noSuchTrack, "there is no track \(track) on stage") }
    }

    /// Changes a publication and carries out what follows from it.
    mutating func changePublication(
        _ source: TrackSource, of id: ParticipantID, _ change: (inout Publication) -> Void
    ) throws(RoomError) -> RoomEffects {
        var participant = try requireParticipant(id)
        guard let index = participant.publications.firstIndex(where: { $0.source == source }) else {
            throw RoomError(.noSuchSource, "the offer of \(id) has no section for \(source.rawValue)")
        }
        let isOnStage = stage.standing(of: id) == .onStage
        let before = participant.tracks
        change(&participant.publications[index])
        var effects = RoomEffects()
        effects.gates = participant.moveGates(onStage: isOnStage)
        roster[id] = participant
        if isOnStage, participant.tracks != before { announceTracks(of: id, &effects) }
        return effects
    }

    /// Tells everybody the tracks of a member of the stage, and seats them.
    mutating func announceTracks(of id: ParticipantID, _ effects: inout RoomEffects) {
        stage.noteChange()
        if let change = stageChange(id) { announce(change, isPublic: true, &effects) }
        effects.seatsAudience = true
    }
}
