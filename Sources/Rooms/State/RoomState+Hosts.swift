import Primitives

// Rooms whose last host has left.
extension RoomState {
    /// What everybody is told about the room as a whole.
    func status(now: MonotonicInstant) -> RoomStatus {
        let endsAt = settings.lastHostLeaves == .end ? hostDeadline : nil
        return RoomStatus(
            isLocked: isLocked, hosts: roster.hosts.count, endsIn: endsAt.map { max(.zero, $0 - now) })
    }

    /// Tells everybody the number of hosts where it has changed, and begins or ends what follows from there being none.
    mutating func noteHosts(now: MonotonicInstant, except newcomer: ParticipantID? = nil, _ effects: inout RoomEffects)
    {
        let count = roster.hosts.count
        guard count != hosts else { return }
        hosts = count
        if count > 0 {
            hostDeadline = nil
        } else {
            switch settings.lastHostLeaves {
            case .wait: break
            case .end: hostDeadline = now + settings.lastHostGrace
            case .promote: hostDeadline = kept.hostDeadline(now: now) ?? now
            }
        }
        for id in roster.ids where id != newcomer { effects.deliver(.room(status(now: now)), to: id) }
    }

    /// Applies `RoomSettings.lastHostLeaves` when its time has come.
    mutating func handleHostTimeout(at now: MonotonicInstant) -> RoomEffects? {
        guard let due = hostDeadline, due <= now else { return nil }
        hostDeadline = nil
        switch settings.lastHostLeaves {
        case .wait: return nil
        case .end: return end(.roomEnded)
        case .promote: return promoteHost(now: now)
        }
    }

    /// Makes the moderator who has been in the room longest its host, else the costreamer.
    private mutating func promoteHost(now: MonotonicInstant) -> RoomEffects? {
        // Encoders (WHIP) are on stage, but nobody sits behind them who could run the room.
        let present = roster.ids.filter { roster[$0].map { !$0.autoPublish && $0.awaySince == nil } ?? false }
        guard
            let id = present.first(where: { roster[$0]?.permissions.canModerate == true })
                ?? present.first(where: { roster[$0]?.permissions.startsOnStage == true })
        else { return nil }
        var effects = RoomEffects()
        roster[id]?.role = .host
        if let changed = try? setPermissions(Role.host.permissions, of: id) { effects = changed }
        if stage.standing(of: id) == .onStage {
            stage.noteChange()
            if let change = stageChange(id) { announce(change, isPublic: true, &effects) }
        }
        if let info = roster[id]?.info(standing: stage.standing(of: id)) { effects.facts.append(.madeHost(info)) }
        noteHosts(now: now, &effects)
        return effects
    }
}
