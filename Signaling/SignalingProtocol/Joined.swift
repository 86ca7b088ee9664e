/// The reply to `join`: all there is to know at first.
public struct Joined: Codable, Equatable, Sendable {
    /// The client's own participant.
    public var participant: SelfInfo
    public var room: RoomInfo
    public var stage: StageInfo
    /// Every slot of the offer.
    public var slots: [SlotInfo]
    public var audience: AudienceInfo
    /// The SDP of the answer.
    public var answer: String
    /// For the client's next peer connection; the answer's candidates are enough where this is empty.
    public var iceServers: [ICEServer]
    /// Reserved: will let a client take its session up again on another WebSocket.
    public var resumeToken: String?

    /// A reply with everything it can hold.
    public init(
        participant: SelfInfo, room: RoomInfo, stage: StageInfo, slots: [SlotInfo], audience: AudienceInfo,
        answer: String, iceServers: [ICEServer], resumeToken: String? = nil
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
    public var id: String
    /// Who it is for the application: the token's `sub`.
    public var identity: String
    public var name: String
    public var role: String
    public var permissions: PermissionsInfo
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
    public var requestStage: Bool
    public var moderate: Bool
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
public struct RoomInfo: Codable, Equatable, Sendable {
    public var name: String
    public var codecs: CodecsInfo
    public var locked: Bool
    public var limits: RoomLimits

    /// What a client must know of a room.
    public init(name: String, codecs: CodecsInfo, locked: Bool, limits: RoomLimits) {
        self.name = name
        self.codecs = codecs
        self.locked = locked
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
    public var audio: [String]
    public var video: [String]

    /// Codec names in the order of preference.
    public init(audio: [String], video: [String]) {
        self.audio = audio
        self.video = video
    }
}

/// How many watch.
public struct AudienceInfo: Codable, Equatable, Sendable {
    public var count: Int

    /// How many watch.
    public init(count: Int) { self.count = count }
}

/// An `RTCIceServer`.
public struct ICEServer: Codable, Equatable, Sendable {
    public var urls: [String]
    public var username: String?
    public var credential: String?

    /// An `RTCIceServer`.
    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }
}
