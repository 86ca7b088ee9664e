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
            effects.closing.append(.closeTransport(participant.transport))
            effects.departures.append((id, reason))
        }
        signalingDeadlines = [:]
        emptyDeadline = nil
        isOver = true
        return effects
    }

    /// Notes that nobody carries the participant's messages any more; the participant stays for a while.
    mutating func noteSignalingLost(_ id: ParticipantID, now: MonotonicInstant) {
        guard roster[id] != nil, signalingDeadlines[id] == nil else { return }
        signalingDeadlines[id] = now + configuration.signalingGrace
    }

    /// Tells everybody that the server will end.
    func drain(within time: Duration) -> RoomEffects {
        var effects = RoomEffects()
        for id in roster.ids { effects.deliver(.draining(within: time), to: id) }
        return effects
    }

    /// Takes a participant out of the room; the caller counts the audience once everything is done.
    mutating func remove(
        _ id: ParticipantID, _ reason: CloseReason, transportIsGone: Bool = false, _ effects: inout RoomEffects,
        now: MonotonicInstant
    ) {
        guard var change = stageChange(id), let participant = roster.remove(id) else { return }
        let standing = stage.standing(of: id)
        stage.remove(id)
        signalingDeadlines[id] = nil
        if !transportIsGone { effects.closing.append(.closeTransport(participant.transport)) }
        effects.departures.append((id, reason))
        if standing != .audience {
            change.standing = .audience
            change.order = 0
            change.tracks = []
            announce(change, isPublic: standing == .onStage, &effects)
        }
        if standing == .onStage { reseat(&effects) }
        if roster.isEmpty { emptyDeadline = now + configuration.emptyRoomGrace }
    }
}
