import MediaControl
import Primitives

extension RoomState {
    /// Changes a participant's own standing.
    mutating func stage(
        _ action: StageAction, by id: ParticipantID, _ preconditions: StagePreconditions, now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        let participant = try requireParticipant(id)
        return try once(preconditions, by: id) { (state) throws(RoomError) in
            switch action {
            case .request:
                guard participant.permissions.canRequestStage || participant.permissions.startsOnStage else {
                    throw RoomError(.forbidden, "\(id) may not ask for the stage")
                }
                if participant.permissions.startsOnStage { return try state.enter(id, now: now) }
                return try state.move(id, .request, preconditions.version, now: now)
            case .withdraw: return try state.move(id, .withdraw, preconditions.version, now: now)
            case .accept: return try state.move(id, .accept, preconditions.version, now: now)
            case .decline: return try state.move(id, .decline, preconditions.version, now: now)
            case .leave: return try state.move(id, .leave, preconditions.version, now: now)
            }
        }
    }

    /// Carries out a moderator's action on another participant.
    mutating func moderate(
        _ action: ModerationAction, by id: ParticipantID, _ preconditions: StagePreconditions, now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        let moderator = try requireParticipant(id)
        guard moderator.permissions.canModerate else { throw RoomError(.forbidden, "\(id) may not moderate") }
        return try once(preconditions, by: id) { (state) throws(RoomError) in
            switch action {
            case .invite(let target):
                try state.checkTarget(target)
                try state.checkPresence(of: target)
                return try state.move(target, .invite, preconditions.version, now: now)
            case .approve(let target):
                try state.checkTarget(target)
                try state.checkPresence(of: target)
                return try state.move(target, .approve, preconditions.version, now: now)
            case .deny(let target):
                try state.checkTarget(target)
                return try state.move(target, .deny, preconditions.version, now: now)
            case .demote(let target):
                try state.checkTarget(target, of: moderator)
                return try state.move(target, .demote, preconditions.version, now: now)
            case .mute(let target, let source):
                try state.checkTarget(target, of: moderator)
                return try state.silence(source, of: target)
            case .remove(let target):
                try state.checkTarget(target, of: moderator)
                return state.expel(target, by: id, now: now)
            case .setPermissions(let target, let permissions):
                guard moderator.permissions.canManageRoom else {
                    throw RoomError(.forbidden, "\(id) may not change permissions")
                }
                try state.checkTarget(target)
                var effects = try state.setPermissions(permissions, of: target)
                state.noteHosts(now: now, &effects)
                return effects
            }
        }
    }

    /// Locks the room against newcomers, or opens it again.
    mutating func lock(
        _ isLocked: Bool, by id: ParticipantID, now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        guard try requireParticipant(id).permissions.canManageRoom else {
            throw RoomError(.forbidden, "\(id) may not lock the room")
        }
        var effects = RoomEffects()
        guard isLocked != self.isLocked else { return effects }
        self.isLocked = isLocked
        for id in roster.ids { effects.deliver(.room(status(now: now)), to: id) }
        return effects
    }

    /// Ends the room because a participant wants it.
    mutating func end(by id: ParticipantID) throws(RoomError) -> RoomEffects {
        guard try requireParticipant(id).permissions.canManageRoom else {
            throw RoomError(.forbidden, "\(id) may not end the room")
        }
        return end(.roomEnded)
    }

    // MARK: Transitions

    /// Carries out a transition of the stage and what follows from it.
    mutating func move(
        _ id: ParticipantID, _ transition: StageTransition, _ version: UInt64?, now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        let before = stage.standing(of: id)
        switch stage.apply(transition, to: id, expecting: version, now: now) {
        case .changed(let standing, let cause):
            return moved(id, from: before, to: standing, cause, now: now)
        case .unchanged:
            return RoomEffects()
        case .conflict(let standing):
            throw RoomError(
                .conflict,
                "\(id) is \(standing.rawValue) by now: its standing changed after version \(version ?? 0), "
                    + "the stage is at \(stage.version)")
        case .refused(let standing):
            throw RoomError(
                .conflict,
                "\(id) is \(standing.rawValue): \(transition.rawValue) needs \(transition.arrow.from.rawValue)")
        case .stageFull:
            throw RoomError(.stageFull, "\(stage.members.count) are on stage, as many as it takes")
        case .queueFull:
            throw RoomError(
                .queueFull, "\(settings.maximumRequests) hands or invitations are open, as many as the room takes")
        }
    }

    private mutating func enter(_ id: ParticipantID, now: MonotonicInstant) throws(RoomError) -> RoomEffects {
        let before = stage.standing(of: id)
        if before == .onStage { return RoomEffects() }
        guard stage.enter(id, now: now) else {
            throw RoomError(.stageFull, "\(stage.members.count) are on stage, as many as it takes")
        }
        return moved(id, from: before, to: .onStage, .approved, now: now)
    }

    private mutating func moved(
        _ id: ParticipantID, from before: StageStanding, to standing: StageStanding, _ cause: StageCause,
        now: MonotonicInstant
    ) -> RoomEffects {
        guard var participant = roster[id] else { return RoomEffects() }
        var effects = RoomEffects()
        participant.promotedAt = cause == .approved ? now : nil
        if standing == .onStage, isScreenTaken(besides: id), participant.withdrawScreen() {
            effects.deliver(.muteRequested(.screen), to: id)
        }
        effects.gates = participant.moveGates(onStage: standing == .onStage)
        if before == .onStage {
            // Tracks start unmuted when the participant comes on stage again.
            for index in participant.publications.indices {
                if !participant.autoPublish { participant.publications[index].isAnnounced = false }
                participant.publications[index].isMuted = false
                participant.publications[index].isSilenced = false
            }
        }
        roster[id] = participant
        effects.prompt.append(
            .init(participant: id, event: .stageState(standing, cause: cause, version: stage.version)))
        if before == .onStage || standing == .onStage, let info = roster[id]?.info(standing: standing) {
            effects.facts.append(.moved(info, cause))
        }
        let isPublic = before == .onStage || standing == .onStage
        if let change = stageChange(id) { announce(change, isPublic: isPublic, &effects) }
        if isPublic {
            effects.seatsAudience = true
            countAudience(now: now, &effects)
        }
        return effects
    }

    // MARK: Moderation

    private func checkTarget(_ target: ParticipantID, of moderator: Participant? = nil) throws(RoomError) {
        guard let participant = roster[target] else {
            throw RoomError(.noSuchParticipant, "there is no \(target) in the room")
        }
        guard let moderator, participant.permissions.canManageRoom, !moderator.permissions.canManageRoom else { return }
        throw RoomError(.forbidden, "\(moderator.id) has no say over \(target), who manages the room")
    }

    /// Who is brought on stage must be there to hear of it.
    private func checkPresence(of target: ParticipantID) throws(RoomError) {
        guard let participant = roster[target], participant.isToldAway else { return }
        throw RoomError(
            .participantAway,
            "\(participant.name) is away: their connection is gone. Wait until they are back, or lower the hand")
    }

    /// Takes a participant out and keeps it out: until its token expires, or without one until the room ends. All who
    /// came with the same token go with it.
    private mutating func expel(_ target: ParticipantID, by moderator: ParticipantID, now: MonotonicInstant)
        -> RoomEffects
    {
        guard let participant = roster[target] else { return RoomEffects() }
        var effects = RoomEffects()
        effects.facts.append(.removed(participant.info(standing: stage.standing(of: target)), by: moderator))
        var all = [target]
        if let credential = participant.credential {
            effects.exclusions.append(credential)
            all = roster.ids.filter { roster[$0]?.credential?.subject == credential.subject }
        } else {
            removed.insert(participant.identity, until: Int(target.number), now: .min)
        }
        kept.forget(participant.identity)
        for id in all { remove(id, .removed, &effects, now: now) }
        countAudience(now: now, &effects)
        return effects
    }

    private mutating func silence(_ source: TrackSource, of id: ParticipantID) throws(RoomError) -> RoomEffects {
        var effects = try changePublication(source, of: id) { $0.isSilenced = true }
        if source == .screen {
            // A screen that a moderator has stopped leaves the place to another.
            effects.append(try changePublication(source, of: id) { $0.isAnnounced = false })
        }
        effects.deliver(.muteRequested(source), to: id)
        return effects
    }

    mutating func setPermissions(
        _ permissions: Permissions, of id: ParticipantID
    ) throws(RoomError) -> RoomEffects {
        var participant = try requireParticipant(id)
        let before = participant.tracks
        let isOnStage = stage.standing(of: id) == .onStage
        let couldModerate = participant.permissions.canModerate
        participant.permissions = permissions
        var effects = RoomEffects()
        effects.gates = participant.moveGates(onStage: isOnStage)
        roster[id] = participant
        roster.index(id)
        effects.deliver(.permissions(participant.role, permissions), to: id)
        if !couldModerate, permissions.canModerate {
            // From now on the changes of raised hands are told; these are the ones raised already.
            let open = (stage.requests + stage.invitations).compactMap(stageChange)
            if !open.isEmpty { effects.deliver(.stage(StageDelta(version: stage.version, changes: open)), to: id) }
        }
        if isOnStage, participant.tracks != before { announceTracks(of: id, &effects) }
        return effects
    }

    /// Carries out an action that may be repeated with the same request id only the first time.
    private mutating func once(
        _ preconditions: StagePreconditions, by id: ParticipantID,
        _ action: (inout RoomState) throws(RoomError) -> RoomEffects
    ) throws(RoomError) -> RoomEffects {
        guard let requestID = preconditions.requestID else { return try action(&self) }
        let key = RequestLog.Key(actor: id, requestID: requestID)
        if let outcome = log.outcome(of: key) {
            try outcome.get()
            return RoomEffects()
        }
        do {
            let effects = try action(&self)
            log.record(key, nil)
            return effects
        } catch {
            log.record(key, error)
            throw error
        }
    }
}
