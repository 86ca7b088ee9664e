import MediaControl
import Primitives
import RTP

/// One who comes in, with everything negotiated.
struct Arrival: Sendable {
    var identity: String
    var name: String
    var role: Role
    var permissions: Permissions
    var attributes: [String: String]
    var autoPublish: Bool
    /// The only participant that is shown; `nil`: the whole stage.
    var watches: String?
    var media: NegotiatedMedia
    /// What each publishing section is for, by mid.
    var sources: [String: TrackSource]
    /// What each receiving section is for.
    var slots: [PlannedSlot]
    var credential: Credential?
    /// Whether role and identity are the client's own word.
    var isSelfAppointed = false
}

extension RoomState {
    /// Whether one with this identity and these permissions could come in now.
    func checkAdmission(
        identity: String, permissions: Permissions, isSelfAppointed: Bool = false, now: MonotonicInstant
    ) throws(JoinError) {
        guard !isOver else { throw JoinError(.roomEnded, "the room \(quoted(name)) was ended") }
        guard !removed.contains(identity, now: .min) else {
            throw JoinError(.removed, "a moderator removed you from the room \(quoted(name))")
        }
        let isBack =
            roster.id(identity: identity).map(roster.hosts.contains) ?? kept.isHost(identity, now: now)
        if isSelfAppointed, permissions.canModerate, !isBack {
            let isThere = roster.hosts.contains { roster[$0]?.identity != identity }
            guard !isThere, kept.hostDeadline(besides: identity, now: now) == nil else {
                throw JoinError(
                    .hostTaken,
                    "the room \(quoted(name)) has a host already: join as a viewer, or ask the host for an invitation")
            }
        }
        let replaced = roster.id(identity: identity)
        guard !isLocked || replaced != nil || permissions.canManageRoom else {
            throw JoinError(.roomLocked, "the room \(quoted(name)) is locked")
        }
        guard replaced != nil || roster.count < configuration.maximumParticipants else {
            throw JoinError(
                .roomFull,
                "the room \(quoted(name)) has \(roster.count) participants, as many as it takes")
        }
    }

    /// Lets one in; an older participant with the same identity goes.
    mutating func join(_ arrival: Arrival, now: MonotonicInstant) throws(JoinError) -> (ParticipantID, RoomEffects) {
        try checkAdmission(
            identity: arrival.identity, permissions: arrival.permissions, isSelfAppointed: arrival.isSelfAppointed,
            now: now)
        guard let id = nextParticipant() else {
            throw JoinError(.roomFull, "the room \(quoted(name)) has no participant numbers left")
        }
        var effects = RoomEffects()
        var place = kept.take(arrival.identity, now: now)
        var changes: [(change: StageChange, isPublic: Bool)] = []
        if let old = roster.id(identity: arrival.identity) {
            place = keptPlace(of: old, until: .distantFuture)
            if let change = takeOut(old, .replaced, &effects, now: now), let change { changes.append(change) }
        }
        emptyDeadline = nil
        roster.add(participant(id, arrival))
        let standing = enter(id, arrival.permissions, place, now: now)
        _ = roster[id]?.moveGates(onStage: standing == .onStage)
        if let parameters = roster[id]?.transportParameters { effects.opening.append(.openTransport(parameters)) }
        reseat(id, isTold: false, &effects)
        if standing != .audience, let change = stageChange(id) { changes.append((change, standing == .onStage)) }
        announce(changes, except: id, &effects)
        if changes.contains(where: \.isPublic) { reseat(except: id, &effects) }
        noteHosts(now: now, except: id, &effects)
        if let info = roster[id]?.info(standing: standing) {
            effects.facts.append(.joined(info, cameBack: place?.stage != nil && standing != .audience))
        }
        countAudience(now: now, except: id, &effects)
        audience.noteTold()
        tellSpeakers(to: id, &effects)
        return (id, effects)
    }

    /// Gives a newcomer its place: the one it had, or the stage where its permissions say so.
    private mutating func enter(
        _ id: ParticipantID, _ permissions: Permissions, _ place: KeptPlaces.Place?, now: MonotonicInstant
    ) -> StageStanding {
        // Who was on stage by right and comes with another token needs to be brought there.
        if let place, let old = place.stage, old.standing != .onStage || !place.isByRight || permissions.startsOnStage {
            stage.restore(old, to: id, now: now)
        }
        if permissions.startsOnStage { _ = stage.enter(id, now: now) }
        return stage.standing(of: id)
    }

    /// Carries out a further offer of a participant: sections already there keep what they are for.
    mutating func update(
        _ id: ParticipantID, media: NegotiatedMedia, sources: [String: TrackSource], slots: [PlannedSlot],
        now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        var participant = try requireParticipant(id)
        participant.media = media
        addPublications(sources, to: &participant)
        let known = Set(participant.seating.slots.map(\.mid))
        participant.seating.extend(by: slots.filter { !known.contains($0.mid) })
        participant.seating.noteNegotiated(Set(media.send.map(\.mid)))
        addSends(to: &participant)
        let isOnStage = stage.standing(of: id) == .onStage
        _ = participant.moveGates(onStage: isOnStage)
        roster[id] = participant
        roster.index(id)
        var effects = RoomEffects()
        effects.opening.append(.updateTransport(participant.transportParameters))
        if isOnStage, participant.autoPublish {
            announceTracks(of: id, &effects)
        } else {
            reseat(id, &effects)
        }
        return effects
    }

    private mutating func participant(_ id: ParticipantID, _ arrival: Arrival) -> Participant {
        var participant = Participant(
            id: id, identity: arrival.identity, name: arrival.name, role: arrival.role, attributes: arrival.attributes,
            permissions: arrival.permissions, autoPublish: arrival.autoPublish,
            isOpaque: configuration.hasEncryptedPayloads, watches: arrival.watches, credential: arrival.credential,
            transport: TransportID(rawValue: nextIdentifier()), media: arrival.media,
            seating: Seating(viewer: id, slots: arrival.slots))
        addPublications(arrival.sources, to: &participant)
        addSends(to: &participant)
        return participant
    }

    private mutating func addPublications(_ sources: [String: TrackSource], to participant: inout Participant) {
        for receive in participant.media.receive {
            if let known = participant.publications.firstIndex(where: { $0.receive.mid == receive.mid }) {
                participant.publications[known].receive = receive
            } else if let source = sources[receive.mid],
                !participant.publications.contains(where: { $0.source == source })
            {
                participant.publications.append(
                    Publication(
                        track: TrackID(rawValue: nextIdentifier()), source: source, receive: receive,
                        isAnnounced: participant.autoPublish))
            }
        }
    }

    /// Slots are named by their index: each keeps it, whatever the order of the sections.
    private func addSends(to participant: inout Participant) {
        for (index, slot) in participant.seating.slots.enumerated() {
            guard let send = participant.media.send.first(where: { $0.mid == slot.mid }) else { continue }
            if index < participant.sends.count {
                participant.sends[index] = send
            } else {
                participant.sends.append(send)
            }
        }
    }
}
