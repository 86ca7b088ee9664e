import MediaControl
import Primitives

extension RoomState {
    /// Takes a participant out of the room.
    mutating func leave(_ id: ParticipantID, _ reason: CloseReason, now: MonotonicInstant) -> RoomEffects {
        var effects = RoomEffects()
        remove(id, reason, &effects, now: now)
        countAudience(now: now, &effects)
        return effects
    }

    /// Ends the room for everybody.
    mutating func end(_ reason: CloseReason) -> RoomEffects {
        var effects = RoomEffects()
        for id in roster.ids {
            guard let participant = roster.remove(id) else { continue }
            if let transport = participant.transport { effects.closing.append(.closeTransport(transport)) }
            effects.departures.append((id, reason))
        }
        signalingDeadlines = [:]
        awayDeadlines = [:]
        emptyDeadline = nil
        hostDeadline = nil
        isOver = true
        effects.facts.append(.ended(reason))
        return effects
    }

    /// Tells everybody that the server will end.
    func drain(within time: Duration) -> RoomEffects {
        var effects = RoomEffects()
        for id in roster.ids { effects.deliver(.draining(within: time), to: id) }
        return effects
    }

    // MARK: Those who went without a word

    /// Notes that nobody carries the participant's messages any more. It stays for a while, unless its media is gone too.
    /// - Parameter attachment: the connection that is lost. A later one may be there already; then nothing happens.
    mutating func noteSignalingLost(
        _ id: ParticipantID, attachment: Int, now: MonotonicInstant
    ) -> RoomEffects {
        guard let participant = roster[id], participant.awaySince == nil, attachment >= participant.attachment else {
            return RoomEffects()
        }
        roster[id]?.awaySince = now
        if participant.isSilent { return leave(id, .vanished, now: now) }
        let isCarried = participant.isConnected || participant.transport == nil
        signalingDeadlines[id] =
            now
            + (isCarried ? configuration.resumeWindow : min(configuration.resumeWindow, configuration.silentGrace))
        guard stage.standing(of: id) != .audience else { return RoomEffects() }
        awayDeadlines[id] = now + configuration.awayDelay
        return configuration.awayDelay == .zero ? tellAway(id, true) : RoomEffects()
    }

    /// Notes that another connection carries the participant's messages.
    /// - Parameter attachment: its number, counted from 1; the one of the join is 0.
    mutating func noteSignalingBack(
        _ id: ParticipantID, attachment: Int
    ) throws(RoomError) -> RoomEffects {
        guard attachment > (try requireParticipant(id)).attachment else { return RoomEffects() }
        roster[id]?.attachment = attachment
        roster[id]?.awaySince = nil
        signalingDeadlines[id] = nil
        awayDeadlines[id] = nil
        return tellAway(id, false)
    }

    /// Tells the others that the participant's signaling is gone, or there again, where that is news to them.
    mutating func tellAway(_ id: ParticipantID, _ isAway: Bool) -> RoomEffects {
        var effects = RoomEffects()
        awayDeadlines[id] = nil
        guard let participant = roster[id], participant.isToldAway != isAway else { return effects }
        roster[id]?.isToldAway = isAway
        let standing = stage.standing(of: id)
        guard standing != .audience else { return effects }
        stage.noteChange()
        if let change = stageChange(id) { announce(change, isPublic: standing == .onStage, &effects) }
        return effects
    }

    /// Notes that the worker hears nothing of the transport, or hears it again.
    mutating func noteSilence(_ isSilent: Bool, of id: ParticipantID, now: MonotonicInstant) -> RoomEffects {
        roster[id]?.isSilent = isSilent
        guard isSilent, roster[id]?.awaySince != nil else { return RoomEffects() }
        return leave(id, .vanished, now: now)
    }

    /// The participant's place as it may be given back.
    func keptPlace(of id: ParticipantID, until deadline: MonotonicInstant) -> KeptPlaces.Place? {
        guard let participant = roster[id] else { return nil }
        return KeptPlaces.Place(
            stage: stage.place(of: id), isByRight: participant.permissions.startsOnStage,
            isHost: participant.permissions.canManageRoom, deadline: deadline)
    }

    // MARK: Taking out

    /// Takes a participant out of the room and tells the others; the caller counts the audience once everything is done.
    mutating func remove(
        _ id: ParticipantID, _ reason: CloseReason, transportIsGone: Bool = false, _ effects: inout RoomEffects,
        now: MonotonicInstant
    ) {
        if reason.keepsPlace, let participant = roster[id] {
            let deadline = (participant.awaySince ?? now) + configuration.resumeWindow
            if let place = keptPlace(of: id, until: deadline), place.stage != nil || place.isHost {
                kept.keep(place, for: participant.identity, now: now)
            }
        }
        guard let change = takeOut(id, reason, transportIsGone: transportIsGone, &effects, now: now) else { return }
        if let change = change { announce([change], &effects) }
        if change?.isPublic == true { effects.seatsAudience = true }
        noteHosts(now: now, &effects)
        if roster.isEmpty { emptyDeadline = now + configuration.emptyRoomGrace }
    }

    /// Takes a participant out of the room without a word to the others.
    /// - Returns: the change that the others are told; `.some(nil)` if they are told nothing, `nil` if the participant
    ///   was not in the room.
    mutating func takeOut(
        _ id: ParticipantID, _ reason: CloseReason, transportIsGone: Bool = false, _ effects: inout RoomEffects,
        now: MonotonicInstant
    ) -> (change: StageChange, isPublic: Bool)?? {
        guard var change = stageChange(id), let participant = roster.remove(id) else { return nil }
        let standing = stage.standing(of: id)
        stage.remove(id)
        signalingDeadlines[id] = nil
        awayDeadlines[id] = nil
        for track in participant.seating.secondsInUse { noteSecondLeft(track, by: id) }
        if !transportIsGone, let transport = participant.transport {
            effects.closing.append(.closeTransport(transport))
        }
        effects.departures.append((id, reason))
        effects.facts.append(.left(participant.info(standing: standing), reason))
        guard standing != .audience else { return .some(nil) }
        change.standing = .audience
        change.order = 0
        change.tracks = []
        change.isAway = false
        return (change, standing == .onStage)
    }
}
