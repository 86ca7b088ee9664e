/// The stage as a participant may see it.
public struct StageInfo: Codable, Equatable, Sendable {
    /// The version, which rises with each change.
    public var version: Int
    /// The members, in stage order.
    public var members: [StageMember]
    /// Raised hands and open invitations; only for participants who may moderate.
    public var requests: [StageRequest]?

    /// The stage as a participant may see it.
    public init(version: Int, members: [StageMember], requests: [StageRequest]? = nil) {
        self.version = version
        self.members = members
        self.requests = requests
    }
}

/// One who is on stage.
public struct StageMember: Codable, Equatable, Sendable {
    /// The participant's identifier.
    public var participant: String
    /// The name that others are shown.
    public var name: String
    /// The template of the permissions.
    public var role: String
    /// The position, lower first; numbers may have gaps.
    public var order: Int
    /// The published tracks.
    public var tracks: [TrackMessage]
    /// Whether the participant's signaling is gone; it may come back. `nil` is false.
    public var away: Bool?

    /// One who is on stage.
    public init(
        participant: String, name: String, role: String, order: Int, tracks: [TrackMessage], away: Bool? = nil
    ) {
        self.participant = participant
        self.name = name
        self.role = role
        self.order = order
        self.tracks = tracks
        self.away = away
    }
}

/// One who asked for the stage, or was asked onto it.
public struct StageRequest: Codable, Equatable, Sendable {
    /// The participant's identifier.
    public var participant: String
    /// The name that others are shown.
    public var name: String
    /// `requested` or `invited`.
    public var state: StageState
    /// Whether the participant's signaling is gone; it may come back. `nil` is false.
    public var away: Bool?

    /// One who asked for the stage, or was asked onto it.
    public init(participant: String, name: String, state: StageState, away: Bool? = nil) {
        self.participant = participant
        self.name = name
        self.state = state
        self.away = away
    }
}

/// A published track.
public struct TrackMessage: Codable, Equatable, Sendable {
    /// The track's identifier.
    public var track: String
    /// The source of the track.
    public var source: MediaSource
    /// Whether it is silent or black.
    public var muted: Bool
    /// The CSRC of its forwarded packets.
    public var csrc: UInt32

    /// A published track.
    public init(track: String, source: MediaSource, muted: Bool, csrc: UInt32) {
        self.track = track
        self.source = source
        self.muted = muted
        self.csrc = csrc
    }
}

/// The new stage state of one participant.
public struct StageChangeMessage: Codable, Equatable, Sendable {
    /// The participant's identifier.
    public var participant: String
    /// The name that others are shown.
    public var name: String
    /// The template of the permissions.
    public var role: String
    /// The participant's stage state.
    public var state: StageState
    /// The position; present while on stage.
    public var order: Int?
    /// All published tracks; present while on stage.
    public var tracks: [TrackMessage]?
    /// Whether the participant's signaling is gone; it may come back. `nil` is false.
    public var away: Bool?

    /// A participant who is now on stage, or whose order or tracks changed.
    public init(_ member: StageMember) {
        participant = member.participant
        name = member.name
        role = member.role
        state = .onStage
        order = member.order
        tracks = member.tracks
        away = member.away
    }

    /// A participant who is not on stage.
    public init(participant: String, name: String, role: String, state: StageState, away: Bool? = nil) {
        self.participant = participant
        self.name = name
        self.role = role
        self.state = state
        self.away = away
    }
}
