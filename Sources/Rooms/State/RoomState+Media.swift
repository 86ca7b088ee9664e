import MediaControl
import Primitives

extension RoomState {
    /// Applies a worker's event about one of the room's transports or tracks.
    mutating func handle(_ event: MediaEvent, now: MonotonicInstant) -> RoomEffects {
        var effects = RoomEffects()
        switch event {
        case .transportConnected(let transport):
            guard let id = roster.id(transport: transport) else { break }
            roster[id]?.isConnected = true
            // A participant with media is kept longer than one without (`resumeWindow` instead of `silentGrace`).
            if let since = roster[id]?.awaySince { signalingDeadlines[id] = since + configuration.resumeWindow }
            effects.deliver(.transportConnected, to: id)
        case .transportClosed(let transport, let reason):
            guard let id = roster.id(transport: transport) else { break }
            remove(id, .mediaLost(reason), transportIsGone: true, &effects, now: now)
            countAudience(now: now, &effects)
        case .transportSilent(let transport, let isSilent):
            guard let id = roster.id(transport: transport) else { break }
            return noteSilence(isSilent, of: id, now: now)
        case .trackStarted(let track):
            if publication(of: track)?.isSecond == true { noteSecondStarted(track, &effects) }
            guard let id = roster.id(track: track), let start = roster[id]?.promotedAt else { break }
            roster[id]?.promotedAt = nil
            promotions.note(now - start)
        case .slotChanged(let transport, let slot, let track, let state):
            guard let id = roster.id(transport: transport) else { break }
            switch state {
            case .cannotDecode: noteUndecodable(track, in: slot, of: id, &effects)
            case .pausedForBandwidth: roster[id]?.seating.noteStarved(true, slot: slot, track: track)
            case .empty, .playing:
                roster[id]?.seating.noteDecodable(true, slot: slot, track: track)
                roster[id]?.seating.noteStarved(false, slot: slot, track: track)
            }
            reseat(id, &effects)
        case .keyframeMissing(let track, let rid, let waited, let requests):
            guard let id = roster.id(track: track), let participant = roster[id],
                let source = participant.publications.first(where: { $0.track == track })?.source
            else { break }
            effects.facts.append(
                .keyframeMissing(
                    participant.info(standing: stage.standing(of: id)), source, rid: rid, waited: waited,
                    requests: requests))
        case .speakers(let changes):
            speakers.keep(Set(seatingMembers.flatMap(\.tracks).map(\.track)))
            if speakers.noteLoudness(changes, participants: roster.count, now: now) { reseatVoices(&effects) }
            tellSpeakers(now: now, &effects)
        case .encodingsWanted(let track, let encodings):
            guard let id = roster.id(track: track),
                let index = roster[id]?.publications.firstIndex(where: { $0.track == track }),
                let source = roster[id]?.publications[index].source
            else { break }
            roster[id]?.publications[index].encodings = encodings
            effects.deliver(.encodings(source, encodings), to: id)
        case .quality(let transport, let quality):
            guard let id = roster.id(transport: transport), let slots = roster[id]?.seating.slots else { break }
            let told = quality.slots.compactMap { entry -> ViewQuality.Slot? in
                guard slots.indices.contains(entry.slot) else { return nil }
                return .init(mid: slots[entry.slot].mid, layer: entry.layer, layers: entry.layers)
            }
            effects.deliver(
                .quality(ViewQuality(estimate: quality.estimate, limit: quality.limit, slots: told)), to: id)
        case .statistics:
            break
        }
        return effects
    }

    /// When the room has something to do by itself.
    var nextTimeout: MonotonicInstant? {
        guard !isOver else { return nil }
        let signaling = earliest(signalingDeadlines.values.min(), awayDeadlines.values.min())
        let announcements = earliest(audience.nextTimeout, speakers.nextTimeout)
        let own = earliest(emptyDeadline, hostDeadline)
        let due = earliest(earliest(stage.nextTimeout, announcements), earliest(signaling, own))
        return earliest(due, earliest(secondDeadlines.values.min(), awaitedSeconds.values.min()))
    }

    /// Does what is due: ends invitations, removes those whose signaling did not come back, tells the audience's size,
    /// ends the room when it has been empty, or without a host, for long enough.
    mutating func handleTimeout(at now: MonotonicInstant) -> [RoomEffects] {
        var all: [RoomEffects] = []
        for id in stage.expired(at: now) {
            if let effects = try? move(id, .expire, nil, now: now) { all.append(effects) }
        }
        for (id, deadline) in awayDeadlines.sorted(by: { $0.key < $1.key }) where deadline <= now {
            all.append(tellAway(id, true))
        }
        for (id, deadline) in signalingDeadlines.sorted(by: { $0.key < $1.key }) where deadline <= now {
            all.append(leave(id, .signalingLost, now: now))
        }
        if let count = audience.handleTimeout(at: now) {
            var effects = RoomEffects()
            for id in roster.ids { effects.deliver(.audience(count: count), to: id) }
            all.append(effects)
        }
        var spoken = RoomEffects()
        tellSpeakers(now: now, &spoken)
        if !spoken.deliveries.isEmpty { all.append(spoken) }
        if let effects = endIdleSeconds(at: now) { all.append(effects) }
        if let effects = giveUpSeconds(at: now) { all.append(effects) }
        if let effects = handleHostTimeout(at: now) { all.append(effects) }
        if let emptyDeadline, emptyDeadline <= now { all.append(end(.roomEnded)) }
        return all
    }
}
