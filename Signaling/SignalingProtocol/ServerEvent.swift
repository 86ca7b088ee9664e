/// What a server tells unasked.
public enum ServerEvent: Equatable, Sendable {
    /// The slots that changed.
    case slots([SlotInfo])
    /// What changed on stage, and the version after it.
    case stage(version: Int, changes: [StageChange])
    /// The receiver's own state.
    case stageState(StageState, cause: StageCause, version: Int)
    /// A host muted the receiver's source.
    case muteRequest(MediaSource, muted: Bool)
    /// A viewer cannot decode what the receiver sends of this source.
    case undecodable(MediaSource)
    case permissions(role: String, PermissionsInfo)
    case audience(count: Int)
    /// The room was locked or opened, hosts came or went.
    case room(locked: Bool, hosts: Int, endsInMs: Int?)
    /// Who speaks, the loudest first.
    case speakers([Speaker])
    /// The server will end within this many milliseconds.
    case draining(deadlineMs: Int)
    /// The last message.
    case closed(ClosedReason, message: String)
}

/// One who speaks.
public struct Speaker: Codable, Equatable, Sendable {
    /// The participant's identifier.
    public var participant: String
    /// 0 (silent) to 1.
    public var level: Double

    /// One who speaks.
    public init(participant: String, level: Double) {
        self.participant = participant
        self.level = level
    }
}
