/// The reply to `join`: all there is to know at first.
public struct JoinedMessage: Codable, Equatable, Sendable {
    /// The client's own participant.
    public var participant: SelfInfo
    /// The room as it is now.
    public var room: RoomMessage
    /// The stage as it is now.
    public var stage: StageInfo
    /// Every slot of the offer.
    public var slots: [SlotMessage]
    /// How many are not on stage.
    public var audience: AudienceInfo
    /// The SDP of the answer; `nil` for a join without an offer.
    public var answer: String?
    /// For the client's next peer connection; the answer's candidates are enough where this is empty.
    public var iceServers: [ICEServer]
    /// The secret by which the client takes its session up again on another WebSocket (`resume`).
    public var resumeToken: String?

    /// A reply with everything it can hold.
    public init(
        participant: SelfInfo, room: RoomMessage, stage: StageInfo, slots: [SlotMessage], audience: AudienceInfo,
        answer: String?, iceServers: [ICEServer], resumeToken: String? = nil
    ) {
        self.participant = participant
        self.room = room
        self.stage = stage
        self.slots = slots
        self.audience = audience
        self.answer = answer
        self.iceServers = iceServers
        self.resumeToken = resumeToken
    }
}

/// A participant as it sees itself.
public struct SelfInfo: Codable, Equatable, Sendable {
    /// The participant's identifier.
    public var id: String
    /// Who it is for the application: the token's `sub`.
    public var identity: String
    /// The name that others are shown.
    public var name: String
    /// The template of the permissions.
    public var role: String
    /// What the participant may do.
    public var permissions: PermissionsInfo
    /// Where it stands towards the stage.
    public var state: StageState

    /// A participant as it sees itself.
    public init(
        id: String, identity: String, name: String, role: String, permissions: PermissionsInfo, state: StageState
    ) {
        self.id = id
        self.identity = identity
        self.name = name
        self.role = role
        self.permissions = permissions
        self.state = state
    }
}

/// What a participant may do.
public struct PermissionsInfo: Codable, Equatable, Sendable {
    /// What it may send while on stage.
    public var publish: [MediaSource]
    /// Whether it may ask for the stage.
    public var requestStage: Bool
    /// Whether it may decide about others.
    public var moderate: Bool
    /// Whether it may write messages.
    public var chat: Bool

    /// What a participant may do.
    public init(publish: [MediaSource], requestStage: Bool, moderate: Bool, chat: Bool) {
        self.publish = publish
        self.requestStage = requestStage
        self.moderate = moderate
        self.chat = chat
    }
}

/// What a client must know of a room.
public struct RoomMessage: Codable, Equatable, Sendable {
    /// The name that others are shown.
    public var name: String
    /// What the room uses, in its order of preference.
    public var codecs: CodecsInfo
    /// Whether newcomers are kept out.
    public var locked: Bool
    /// Whether payloads are encrypted end to end.
    public var encrypted: Bool
    /// Hosts who are present.
    public var hosts: Int
    /// When the room ends because no host is there; `nil`: it does not.
    public var endsInMs: Int?
    /// What the client may ask for.
    public var limits: RoomLimits

    /// What a client must know of a room.
    public init(
        name: String, codecs: CodecsInfo, locked: Bool, encrypted: Bool, hosts: Int, endsInMs: Int? = nil,
        limits: RoomLimits
    ) {
        self.name = name
        self.codecs = codecs
        self.locked = locked
        self.encrypted = encrypted
        self.hosts = hosts
        self.endsInMs = endsInMs
        self.limits = limits
    }
}

/// A room's limits that a client sees.
public struct RoomLimits: Codable, Equatable, Sendable {
    /// Participants on stage at once.
    public var stage: Int
    /// Slots in one offer.
    public var slots: Int

    /// A room's limits that a client sees.
    public init(stage: Int, slots: Int) {
        self.stage = stage
        self.slots = slots
    }
}

/// Codec names in the order of preference.
public struct CodecsInfo: Codable, Equatable, Sendable {
    /// Names of audio codecs.
    public var audio: [String]
    /// Names of video codecs.
    public var video: [String]

    /// Codec names in the order of preference.
    public init(audio: [String], video: [String]) {
        self.audio = audio
        self.video = video
    }
}

/// How many watch.
public struct AudienceInfo: Codable, Equatable, Sendable {
    /// Participants who are not on stage.
    public var count: Int

    /// How many watch.
    public init(count: Int) { self.count = count }
}

/// An `RTCIceServer`.
public struct ICEServer: Codable, Equatable, Sendable {
    /// `stun:` and `turn:` addresses.
    public var urls: [String]
    /// For a TURN server.
    public var username: String?
    /// For a TURN server.
    public var credential: String?

    /// An `RTCIceServer`.
    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }
}
