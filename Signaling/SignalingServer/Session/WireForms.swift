import Admission
import MediaControl
import Primitives
import Rooms
import SignalingProtocol

// Values of the rooms as the protocol writes them. Where a type of the protocol has a namesake in the rooms, its name ends
// in Message (an object), or in Name (one of a closed set of names).

extension SlotMessage {
    init(_ slot: SlotInfo) {
        let use = SlotUseName(slot.use)
        guard let content = slot.content else {
            self.init(emptyMid: slot.mid, use: use, seat: slot.number)
            return
        }
        self.init(
            mid: slot.mid, use: use, seat: slot.number, state: SlotStateName(slot.status),
            participant: "\(content.participant)",
            track: .init(
                track: "\(content.track)", source: MediaSource(content.source), muted: slot.status == .muted,
                csrc: content.csrc))
        if slot.status == .awaitingSecondCodec { second = true }
        reason = PauseReasonName(slot.status)
    }
}

extension PauseReasonName {
    init?(_ status: SlotStatus) {
        switch status {
        case .paused: self = .hidden
        case .pausedForBandwidth: self = .bandwidth
        case .empty, .playing, .muted, .cannotDecode, .awaitingSecondCodec: return nil
        }
    }
}

extension SlotUseName {
    init(_ use: SlotUse) {
        switch use {
        case .seat: self = .seat
        case .screen: self = .screen
        case .audio: self = .audio
        }
    }
}

extension SlotUse {
    init(_ use: SlotUseName) {
        switch use {
        case .seat: self = .seat
        case .screen: self = .screen
        case .audio: self = .audio
        }
    }
}

extension SlotStateName {
    init(_ status: SlotStatus) {
        switch status {
        case .empty: self = .empty
        case .playing: self = .playing
        case .paused, .pausedForBandwidth: self = .paused
        case .muted: self = .muted
        case .cannotDecode, .awaitingSecondCodec: self = .cannotDecode
        }
    }
}

extension MediaSource {
    init(_ source: TrackSource) {
        switch source {
        case .microphone: self = .microphone
        case .camera: self = .camera
        case .screen: self = .screen
        case .screenAudio: self = .screenAudio
        }
    }
}

extension TrackSource {
    init(_ source: MediaSource) {
        switch source {
        case .microphone: self = .microphone
        case .camera: self = .camera
        case .screen: self = .screen
        case .screenAudio: self = .screenAudio
        }
    }
}

extension StageState {
    init(_ standing: StageStanding) {
        switch standing {
        case .audience: self = .audience
        case .requested: self = .requested
        case .invited: self = .invited
        case .onStage: self = .onStage
        }
    }
}

extension StageCauseName {
    init(_ cause: StageCause) {
        switch cause {
        case .requested: self = .requested
        case .withdrawn: self = .withdrawn
        case .approved: self = .approved
        case .denied: self = .denied
        case .invited: self = .invited
        case .accepted: self = .accepted
        case .declined: self = .declined
        case .expired: self = .expired
        case .left: self = .left
        case .demoted: self = .demoted
        }
    }
}

extension StageMember {
    init(_ change: StageChange) {
        self.init(
            participant: "\(change.participant)", name: change.name, role: change.role.rawValue,
            order: Int(clamping: change.order),
            tracks: change.tracks.map {
                .init(track: "\($0.track)", source: MediaSource($0.source), muted: $0.isMuted, csrc: $0.csrc)
            }, away: change.isAway ? true : nil)
    }
}

extension StageChangeMessage {
    init(_ change: StageChange) {
        if change.standing == .onStage {
            self.init(StageMember(change))
        } else {
            self.init(
                participant: "\(change.participant)", name: change.name, role: change.role.rawValue,
                state: StageState(change.standing), away: change.isAway ? true : nil)
        }
    }
}

extension StageInfo {
    /// - Parameter showsRequests: whether the receiver may moderate.
    init(_ stage: StageSnapshot, showsRequests: Bool) {
        let requests = stage.requests.map {
            StageRequest(
                participant: "\($0.participant)", name: $0.name, state: StageState($0.standing),
                away: $0.isAway ? true : nil)
        }
        self.init(
            version: Int(clamping: stage.version), members: stage.members.map(StageMember.init),
            requests: showsRequests ? requests : nil)
    }
}

extension PermissionsInfo {
    init(_ permissions: Permissions) {
        self.init(
            publish: TrackSource.allCases.filter(permissions.publish.contains).map(MediaSource.init),
            requestStage: permissions.canRequestStage, moderate: permissions.canModerate, chat: permissions.canChat)
    }
}

extension SelfInfo {
    init(_ participant: ParticipantInfo) {
        self.init(
            id: "\(participant.id)", identity: participant.identity, name: participant.name,
            role: participant.role.rawValue, permissions: PermissionsInfo(participant.permissions),
            state: StageState(participant.standing))
    }
}

extension RoomMessage {
    init(_ room: RoomInfo) {
        self.init(
            name: room.name, codecs: .init(audio: names(room.audioCodecs), video: names(room.videoCodecs)),
            locked: room.status.isLocked, encrypted: room.isEncrypted, hosts: room.status.hosts,
            endsInMs: room.status.endsInMilliseconds,
            limits: .init(stage: room.stageCapacity, slots: room.maximumSlots))
    }
}

extension ICEServer {
    init(_ entry: ICEServers.Entry) {
        self.init(urls: entry.urls, username: entry.username, credential: entry.credential)
    }
}

extension JoinedMessage {
    init(_ joined: Joined, iceServers: [ICEServer]) {
        self.init(
            participant: SelfInfo(joined.participant), room: .init(joined.room),
            stage: StageInfo(joined.stage, showsRequests: joined.participant.permissions.canModerate),
            slots: joined.slots.map(SlotMessage.init), audience: .init(count: joined.audience),
            answer: joined.answer, iceServers: iceServers, resumeToken: joined.session.resumeToken)
    }
}

extension QualityMessage {
    init(_ quality: ViewQuality) {
        self.init(
            estimate: Int(clamping: quality.estimate.bitsPerSecond), limitedBy: .init(quality.limit),
            slots: quality.slots.map { SlotQualityMessage(mid: $0.mid, layer: $0.layer, layers: $0.layers) })
    }
}

extension QualityLimitName {
    init(_ limit: PathLimit) {
        switch limit {
        case .start: self = .start
        case .delay: self = .delay
        case .loss: self = .loss
        case .remb: self = .remb
        case .reports: self = .reports
        case .silence: self = .silence
        case .demand: self = .demand
        case .trust: self = .trust
        }
    }
}

extension RoomStatus {
    var endsInMilliseconds: Int? { endsIn.map { Int($0 / .milliseconds(1)) } }
}

/// Raw values of an enum whose module is not imported here.
func names(_ values: [some RawRepresentable<String>]) -> [String] { values.map(\.rawValue) }

extension ServerEvent {
    /// `nil` where clients are told nothing, or something else than an event.
    init?(_ event: RoomEvent) {
        switch event {
        case .slots(let slots): self = .slots(slots.map(SlotMessage.init))
        case .stage(let delta):
            self = .stage(
                version: Int(clamping: delta.version), changes: delta.changes.map(StageChangeMessage.init))
        case .stageState(let standing, let cause, let version):
            self = .stageState(StageState(standing), cause: .init(cause), version: Int(clamping: version))
        case .audience(let count): self = .audience(count: count)
        case .speakers(let speakers):
            self = .speakers(
                speakers.map {
                    SpeakerMessage(
                        participant: "\($0.participant)", level: ($0.loudness * 100).rounded() / 100)
                })
        case .permissions(let role, let permissions):
            self = .permissions(role: role.rawValue, PermissionsInfo(permissions))
        case .muteRequested(let source): self = .muteRequest(MediaSource(source), muted: true)
        case .undecodable(let source): self = .undecodable(MediaSource(source))
        case .encodings(let source, let encodings):
            self = .encodings(
                MediaSource(source),
                encodings.map {
                    EncodingMessage(
                        rid: $0.rid, active: $0.isWanted,
                        maxBitrate: $0.maxBitrate.map { Int(clamping: $0.bitsPerSecond) })
                })
        case .secondCodec(let source, let isWanted): self = .secondCodec(MediaSource(source), active: isWanted)
        case .quality(let quality): self = .quality(QualityMessage(quality))
        case .room(let status):
            self = .room(locked: status.isLocked, hosts: status.hosts, endsInMs: status.endsInMilliseconds)
        case .draining(let time): self = .draining(deadlineMs: Int(time / .milliseconds(1)))
        case .transportConnected, .closed: return nil
        }
    }
}
