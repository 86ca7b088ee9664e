import MediaControl
import Primitives
import RTP

/// A room as a value: who is in it, who is on stage, who sees what. Every event is a method that returns what has to be
/// done about it; the room's actor does it.
struct RoomState: Sendable {
    let name: String
    /// Unique in the process; the upper half of the room's transport and track ids.
    let number: UInt32
    let configuration: RoomsConfiguration
    let settings: RoomSettings
    var roster = Roster()
    var stage: Stage
    var audience: AudienceCounter
    var log = RequestLog()
    var speakers = ActiveSpeakers()
    var isLocked = false
    /// The places of those who may come back.
    var kept = KeptPlaces()
    /// Identities without a token that were removed; they stay out until the room ends.
    var removed = ExpiringSet<String>(capacity: Admissions.maximumRevocations)
    /// Hosts as everybody was last told.
    var hosts = 0
    /// When `RoomSettings.lastHostLeaves` is applied; `nil` while a host is present.
    var hostDeadline: MonotonicInstant?
    /// Whether the room was ended; nothing happens in it any more.
    var isOver = false
    /// When those are removed whose signaling is gone.
    var signalingDeadlines: [ParticipantID: MonotonicInstant] = [:]
    /// When the others are told of those whose signaling is gone.
    var awayDeadlines: [ParticipantID: MonotonicInstant] = [:]
    /// When the room is removed because nobody is in it.
    var emptyDeadline: MonotonicInstant?
    /// Second codecs that have lost their last viewer just now, and when those before end.
    var idleSeconds: Set<TrackID> = []
    var secondDeadlines: [TrackID: MonotonicInstant] = [:]
    /// Second codecs that publishers were asked for, and until when the first packet of those is awaited of which none has come.
    var wantedSeconds: Set<TrackID> = []
    var awaitedSeconds: [TrackID: MonotonicInstant] = [:]
    /// From a moderator's approval to the first packet of the newcomer.
    var promotions = DurationHistogram()
    private var lastParticipant: UInt32 = 0
    private var lastIdentifier: UInt32 = 0

    /// - Parameter settings: `nil`: those of the configuration.
    init(
        name: String, number: UInt32, configuration: RoomsConfiguration, settings: RoomSettings? = nil,
        now: MonotonicInstant
    ) {
        let settings = settings ?? configuration.settings
        self.settings = settings
        self.name = name
        self.number = number
        self.configuration = configuration
        stage = Stage(
            capacity: settings.stageCapacity, maximumRequests: settings.maximumRequests,
            invitationLifetime: settings.invitationLifetime)
        audience = AudienceCounter(interval: configuration.audienceInterval)
        emptyDeadline = now + configuration.emptyRoomGrace
    }

    /// The room whose transports and tracks have this id.
    static func number(of identifier: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: identifier &>> 32) }

    /// What every participant is told about the room.
    func info(now: MonotonicInstant) -> RoomInfo {
        RoomInfo(
            name: name, status: status(now: now), isEncrypted: settings.hasEncryptedPayloads,
            audioCodecs: settings.audioCodecs, videoCodecs: settings.videoCodecs,
            stageCapacity: settings.stageCapacity, maximumSlots: configuration.maximumSlots)
    }

    /// Everybody who is not on stage.
    var audienceCount: Int { roster.count - stage.members.count }

    /// The stage as the participant may see it.
    func stageSnapshot(for viewer: ParticipantID) -> StageSnapshot {
        let mayModerate = roster[viewer]?.permissions.canModerate ?? false
        return StageSnapshot(
            version: stage.version, members: stage.members.compactMap(stageChange),
            requests: mayModerate ? (stage.requests + stage.invitations).compactMap(stageChange) : [])
    }

    /// The participant's standing and tracks, as a change of the stage.
    func stageChange(_ id: ParticipantID) -> StageChange? {
        guard let participant = roster[id] else { return nil }
        let standing = stage.standing(of: id)
        return StageChange(
            participant: id, name: participant.name, role: participant.role, standing: standing,
            order: stage.order(of: id), tracks: standing == .onStage ? participant.tracks : [],
            isAway: participant.isToldAway)
    }

    /// The next free id of a participant; `nil` after 268 million.
    mutating func nextParticipant() -> ParticipantID? {
        guard let id = ParticipantID(number: lastParticipant &+ 1) else { return nil }
        lastParticipant = id.number
        return id
    }

    /// The next free id of a transport or a track.
    mutating func nextIdentifier() -> UInt64 {
        lastIdentifier &+= 1
        return UInt64(number) &<< 32 | UInt64(lastIdentifier)
    }

    /// The participant, who must be in the room to ask for anything.
    func requireParticipant(_ id: ParticipantID) throws(RoomError) -> Participant {
        guard let participant = roster[id] else { throw RoomError(.closed, "\(id) is no longer in the room") }
        return participant
    }

    // MARK: What follows from a change

    /// Tells a stage change: to everybody, or where it is about hands and invitations only to those who moderate.
    mutating func announce(
        _ change: StageChange, isPublic: Bool, except newcomer: ParticipantID? = nil, _ effects: inout RoomEffects
    ) {
        announce([(change, isPublic)], except: newcomer, &effects)
    }

    /// Tells several stage changes in one message.
    mutating func announce(
        _ changes: [(change: StageChange, isPublic: Bool)], except newcomer: ParticipantID? = nil,
        _ effects: inout RoomEffects
    ) {
        let all = changes.map(\.change)
        let open = changes.filter(\.isPublic).map(\.change)
        guard !all.isEmpty else { return }
        for id in open.isEmpty ? roster.moderators : roster.ids where id != newcomer {
            let seesAll = roster[id]?.permissions.canModerate ?? false
            effects.deliver(.stage(StageDelta(version: stage.version, changes: seesAll ? all : open)), to: id)
        }
    }

    /// Seats the stage anew at every viewer, as effects ask for by `seatsAudience`.
    mutating func seatAudience() -> RoomEffects {
        var effects = RoomEffects()
        let members = seatingMembers
        for id in roster.ids { reseat(id, among: members, &effects) }
        return effects
    }

    /// Gives the slots for sound alone, where a viewer has too few of them, and the seat of those who have one to who
    /// speaks.
    mutating func reseatVoices(_ effects: inout RoomEffects) {
        let members = seatingMembers
        for id in roster.ids where roster[id]?.seating.followsSpeakers == true { reseat(id, among: members, &effects) }
    }

    /// Tells everybody who speaks, where that is due.
    mutating func tellSpeakers(now: MonotonicInstant, _ effects: inout RoomEffects) {
        guard speakers.takeDue(at: now) else { return }
        let list = speakersNow
        for id in roster.ids { effects.deliver(.speakers(list), to: id) }
    }

    /// Tells a newcomer who speaks: everybody else was told when it began.
    func tellSpeakers(to newcomer: ParticipantID, _ effects: inout RoomEffects) {
        let list = speakersNow
        if !list.isEmpty { effects.deliver(.speakers(list), to: newcomer) }
    }

    /// Those who speak, the loudest first.
    private var speakersNow: [Speaker] {
        var list: [Speaker] = []
        for member in seatingMembers {
            guard let track = member.track(.microphone), !track.isMuted, let loudness = speakers.loudness[track.track]
            else { continue }
            list.append(Speaker(participant: member.participant, loudness: loudness))
        }
        list.sort { $0.loudness > $1.loudness }
        return list
    }

    /// Seats the stage anew at one viewer.
    mutating func reseat(_ id: ParticipantID, isTold: Bool = true, _ effects: inout RoomEffects) {
        reseat(id, among: seatingMembers, isTold: isTold, &effects)
    }

    /// Tells everybody the audience's size where it is due.
    mutating func countAudience(
        now: MonotonicInstant, except newcomer: ParticipantID? = nil, _ effects: inout RoomEffects
    ) {
        guard let count = audience.update(audienceCount, now: now) else { return }
        for id in roster.ids where id != newcomer { effects.deliver(.audience(count: count), to: id) }
    }

    /// The stage in its order as seating sees it.
    var seatingMembers: [Seating.Member] {
        stage.members.compactMap { id in
            roster[id].map { Seating.Member(participant: id, tracks: $0.tracks, seconds: $0.seconds) }
        }
    }

    /// The one member who is called so: an id goes before an identity, and that before a name.
    private func member(called name: String, among members: [Seating.Member]) -> [Seating.Member] {
        let found =
            members.first { $0.participant.description == name }
            ?? members.first { roster[$0.participant]?.identity == name }
            ?? members.first { roster[$0.participant]?.name == name }
        return found.map { [$0] } ?? []
    }

    private mutating func reseat(
        _ id: ParticipantID, among members: [Seating.Member], isTold: Bool = true, _ effects: inout RoomEffects
    ) {
        // A participant without media has no slots.
        guard let transport = roster[id]?.transport else { return }
        let shown = roster[id]?.watches.map { member(called: $0, among: members) } ?? members
        guard var change = roster[id]?.seating.update(stage: shown, speakers: speakers) else { return }
        noteSeconds(change, of: id, &effects)
        var news = change
        // A track that cannot be decoded may be replaced by its second codec, and that is looked at in turn.
        while noteUndecodable(news.fills, of: id, &effects),
            let next = roster[id]?.seating.update(stage: shown, speakers: speakers)
        {
            noteSeconds(next, of: id, &effects)
            change.replace(by: next)
            news = next
        }
        // First: the worker chooses the encoding that a slot begins with by its size.
        for (slot, demand) in change.demands.sorted(by: { $0.key < $1.key }) {
            effects.fills.append(.setDemand(transport, slot: slot, demand))
        }
        for (slot, fill) in change.fills.sorted(by: { $0.key < $1.key }) {
            effects.fills.append(.fillSlot(transport, slot: slot, with: fill))
        }
        if isTold, !change.slots.isEmpty { effects.deliver(.slots(change.slots), to: id) }
    }
}
