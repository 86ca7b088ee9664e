import MediaControl
import Primitives
import RTP

extension RoomState {
    /// Whether one like this could come in now.
    /// - Parameter heldPlaces: places that are kept for others, who waited for the room; who runs the room needs none.
    func checkAdmission(
        of request: JoinRequest, heldPlaces: Int = 0, now: MonotonicInstant
    ) throws(JoinError) {
        let identity = request.identity
        guard !isOver else { throw JoinError(.roomEnded, "the room \(quoted(name)) was ended") }
        guard !removed.contains(identity, now: .min) else {
            throw JoinError(.removed, "a moderator removed you from the room \(quoted(name))")
        }
        let isBack =
            roster.id(identity: identity).map(roster.hosts.contains) ?? kept.isHost(identity, now: now)
        if request.isSelfAppointed, request.permissions.canModerate, !isBack {
            let isThere = roster.hosts.contains { roster[$0]?.identity != identity }
            guard !isThere, kept.hostDeadline(besides: identity, now: now) == nil else {
                throw JoinError(
                    .hostTaken,
                    "the room \(quoted(name)) has a host already: join as a viewer, or ask the host for an invitation")
            }
        }
        let replaced = roster.id(identity: identity)
        guard !isLocked || replaced != nil || request.permissions.canManageRoom else {
            throw JoinError(.roomLocked, "the room \(quoted(name)) is locked")
        }
        let held = request.permissions.canManageRoom ? 0 : heldPlaces
        guard replaced != nil || roster.count + held < settings.maximumParticipants else {
            throw JoinError(
                .roomFull,
                "the room \(quoted(name)) has \(roster.count) participants"
                    + (held > 0 ? " and keeps \(held) places for those who waited" : "") + ", as many as it takes")
        }
    }

    /// Lets one in; an older participant with the same identity goes.
    /// - Parameter media: the result of its offer; `nil` for a participant without media.
    mutating func join(
        _ request: JoinRequest, media: NegotiatedMedia?, heldPlaces: Int = 0, now: MonotonicInstant
    ) throws(JoinError) -> (ParticipantID, RoomEffects) {
        try checkAdmission(of: request, heldPlaces: heldPlaces, now: now)
        guard let id = nextParticipant() else {
            throw JoinError(.roomFull, "the room \(quoted(name)) has no participant numbers left")
        }
        var effects = RoomEffects()
        var place = kept.reclaim(request.identity, now: now)
        var changes: [(change: StageChange, isPublic: Bool)] = []
        if let old = roster.id(identity: request.identity) {
            place = keptPlace(of: old, until: .distantFuture)
            if let change = takeOut(old, .replaced, &effects, now: now), let change { changes.append(change) }
        }
        emptyDeadline = nil
        roster.add(participant(id, request, media))
        let standing = enter(id, request.permissions, place, now: now)
        _ = roster[id]?.moveGates(onStage: standing == .onStage)
        if let parameters = roster[id]?.transportParameters { effects.opening.append(.openTransport(parameters)) }
        reseat(id, isTold: false, &effects)
        if standing != .audience, let change = stageChange(id) { changes.append((change, standing == .onStage)) }
        announce(changes, except: id, &effects)
        if changes.contains(where: \.isPublic) { effects.seatsAudience = true }
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

    /// Carries out a later offer of a participant. The first one of a participant without media opens its transport; in
    /// further ones sections already there keep what they are for.
    mutating func negotiate(
        _ media: NegotiatedMedia, of id: ParticipantID, now: MonotonicInstant
    ) throws(RoomError) -> RoomEffects {
        var participant = try requireParticipant(id)
        let isFirst = participant.transport == nil
        connect(&participant, media)
        let isOnStage = stage.standing(of: id) == .onStage
        _ = participant.moveGates(onStage: isOnStage)
        roster[id] = participant
        roster.index(id)
        var effects = RoomEffects()
        if let parameters = participant.transportParameters {
            effects.opening.append(isFirst ? .openTransport(parameters) : .updateTransport(parameters))
        }
        for publication in participant.publications {
            if let encodings = publication.encodingsToRepeat {
                effects.deliver(.encodings(publication.source, encodings), to: id)
            }
            if publication.second?.isWanted == true {
                effects.deliver(.secondCodec(publication.source, isWanted: true), to: id)
            }
        }
        if isOnStage, participant.autoPublish {
            announceTracks(of: id, &effects)
        } else {
            reseat(id, &effects)
        }
        return effects
    }

    private mutating func participant(
        _ id: ParticipantID, _ request: JoinRequest, _ media: NegotiatedMedia?
    ) -> Participant {
        var participant = Participant(
            id: id, identity: request.identity, name: request.name, role: request.role, attributes: request.attributes,
            permissions: request.permissions, autoPublish: request.autoPublish,
            isOpaque: settings.hasEncryptedPayloads, watches: request.watches, credential: request.credential,
            seating: Seating(viewer: id, slots: []))
        if let media { connect(&participant, media) }
        return participant
    }

    /// Stores the result of an offer in the participant.
    private mutating func connect(_ participant: inout Participant, _ media: NegotiatedMedia) {
        var connection =
            participant.webRTC
            ?? WebRTCConnection(transport: TransportID(rawValue: nextIdentifier()), media: media)
        let known = Set(participant.seating.slots.map(\.mid))
        participant.seating.extend(by: media.slots.filter { !known.contains($0.mid) })
        participant.seating.noteNegotiated(Set(media.send.map(\.mid)))
        connection.update(media, slots: participant.seating.slots)
        participant.connection = .webRTC(connection)
        addPublications(of: media, to: &participant)
    }

    private mutating func addPublications(of media: NegotiatedMedia, to participant: inout Participant) {
        for receive in media.receive {
            guard let source = media.sources[receive.mid] else { continue }
            if let known = participant.publications.firstIndex(where: { $0.source == source }) {
                if participant.publications[known].receive.mid != receive.mid {
                    let track = participant.publications[known].track
                    for id in roster.ids { roster[id]?.seating.forgetFormat(of: track) }
                }
                participant.publications[known].move(to: receive)
            } else {
                participant.publications.append(
                    Publication(
                        track: TrackID(rawValue: nextIdentifier()), source: source, receive: receive,
                        isAnnounced: participant.autoPublish))
            }
        }
        for receive in media.receive {
            guard let source = media.seconds[receive.mid],
                let index = participant.publications.firstIndex(where: { $0.source == source })
            else { continue }
            if participant.publications[index].second == nil {
                participant.publications[index].second = SecondCodec(
                    track: TrackID(rawValue: nextIdentifier()), receive: receive)
            } else {
                participant.publications[index].second?.receive = receive
            }
        }
    }
}
