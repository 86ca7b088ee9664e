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
}

extension RoomState {
    /// Whether one with this identity and these permissions could come in now.
    func checkAdmission(identity: String, permissions: Permissions) throws(JoinError) {
        guard !isOver else { throw JoinError(.roomEnded, "the room \(quoted(name)) was ended") }
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
        try checkAdmission(identity: arrival.identity, permissions: arrival.permissions)
        guard let id = nextParticipant() else {
            throw JoinError(.roomFull, "the room \(quoted(name)) has no participant numbers left")
        }
        var effects = RoomEffects()
        if let old = roster.id(identity: arrival.identity) {
            remove(old, .replaced, &effects, now: now)
        }
        emptyDeadline = nil
        roster.add(participant(id, arrival))
        let isOnStage = arrival.permissions.startsOnStage && stage.enter(id, now: now)
        _ = roster[id]?.moveGates(onStage: isOnStage)
        if let parameters = roster[id]?.transportParameters { effects.opening.append(.openTransport(parameters)) }
        reseat(id, isTold: false, &effects)
        if isOnStage, let change = stageChange(id) {
            announce(change, isPublic: true, except: id, &effects)
            reseat(except: id, &effects)
        }
        countAudience(now: now, except: id, &effects)
        audience.noteTold()
        return (id, effects)
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
            isOpaque: configuration.hasEncryptedPayloads, watches: arrival.watches,
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
