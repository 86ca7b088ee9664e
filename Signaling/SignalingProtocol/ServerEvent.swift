/// An event that the server sends unasked.
public enum ServerEvent: Equatable, Sendable {
    /// The slots that changed.
    case slots([SlotMessage])
    /// The changes on stage, and the version after them.
    case stage(version: Int, changes: [StageChangeMessage])
    /// The receiver's own state.
    case stageState(StageState, cause: StageCauseName, version: Int)
    /// A host muted the receiver's source.
    case muteRequest(MediaSource, muted: Bool)
    /// A viewer can decode no format in which the receiver sends this source.
    case undecodable(MediaSource)
    /// Which encodings of the receiver's source anybody wants.
    case encodings(MediaSource, [EncodingMessage])
    /// Whether some viewer needs the receiver's source in the codec of its second section.
    case secondCodec(MediaSource, active: Bool)
    case permissions(role: String, PermissionsInfo)
    case audience(count: Int)
    /// The room was locked or unlocked, or the number of hosts changed.
    case room(locked: Bool, hosts: Int, endsInMs: Int?)
    /// The active speakers, the loudest first.
    case speakers([SpeakerMessage])
    /// What the path to the receiver carries.
    case quality(QualityMessage)
    /// The server will end within this many milliseconds.
    case draining(deadlineMs: Int)
    /// The last message.
    case closed(ClosedReason, message: String)
}

/// One who speaks.
public struct SpeakerMessage: Codable, Equatable, Sendable {
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
