/// A closed set of names on the wire, whose decoding error lists the names.
public protocol NamedValue: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {}

extension NamedValue {
    /// Reads the name.
    /// - Throws: `DecodingError` that lists the valid names.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let value = Self(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "must be one of \(names), not \"\(name.prefix(40))\"")
        }
        self = value
    }
}

/// The source of a published track.
public enum MediaSource: String, NamedValue {
    case microphone
    case camera
    case screen
    /// The audio of a shared screen.
    case screenAudio
}

/// The use of a receive section of the offer.
public enum SlotUseName: String, NamedValue {
    /// One of the two sections that show one person.
    case seat
    /// One of the two sections of a shared screen.
    case screen
    /// Audio of a member without a seat.
    case audio
}

/// Whether a slot shows its track.
public enum SlotStateName: String, NamedValue {
    /// The slot carries nothing.
    case empty
    /// The track is sent.
    case playing
    /// The track is not sent; `reason` says why.
    case paused
    /// The publisher has muted the track.
    case muted
    /// The client negotiated no codec that fits the track.
    case cannotDecode
}

/// Why a slot is paused.
public enum PauseReasonName: String, NamedValue {
    /// The client does not show it.
    case hidden
    /// The path to the client carries too little.
    case bandwidth
}

/// A participant's state in relation to the stage.
public enum StageState: String, NamedValue {
    case audience
    /// The participant has raised a hand.
    case requested
    /// The participant is invited to the stage.
    case invited
    case onStage
}

/// The cause of a change of a participant's stage state.
public enum StageCauseName: String, NamedValue {
    case requested, withdrawn, approved, denied, invited, accepted, declined, expired, left, demoted
}

/// Why a session ends.
public enum ClosedReason: String, NamedValue {
    case left, roomEnded, removed, replaced, mediaLost, serverStopping

    /// The code of the close frame that follows.
    public var closeCode: CloseCode {
        switch self {
        case .left: .normal
        case .roomEnded: .roomEnded
        case .removed: .removed
        case .replaced: .replaced
        case .mediaLost: .mediaLost
        case .serverStopping: .goingAway
        }
    }
}
