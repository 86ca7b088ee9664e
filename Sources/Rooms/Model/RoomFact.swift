/// Something that happened in a room, for the server's log.
package enum RoomFact: Sendable {
    case joined(ParticipantInfo, cameBack: Bool)
    case left(ParticipantInfo, CloseReason)
    /// Came on stage or left it.
    case moved(ParticipantInfo, StageCause)
    /// Comes before `left`.
    case removed(ParticipantInfo, by: ParticipantID)
    /// Became host because the last one had left.
    case madeHost(ParticipantInfo)
    case refused(identity: String, role: String, code: String, message: String)
    /// Viewers wait for a keyframe of the source; it was asked for and does not come.
    case keyframeMissing(ParticipantInfo, TrackSource, rid: String?, waited: Duration, requests: Int)
    case ended(CloseReason)

    /// What happened, in a word.
    package var text: String {
        switch self {
        case .joined(_, let cameBack): cameBack ? "came back" : "joined"
        case .left: "left"
        case .moved(let info, _): info.standing == .onStage ? "promoted" : "demoted"
        case .removed: "removed"
        case .madeHost: "made host"
        case .refused: "refused"
        case .keyframeMissing: "keyframe not coming"
        case .ended: "room ended"
        }
    }

    /// To whom and why. What clients say of themselves is shown without control characters.
    package var fields: [(name: String, value: String)] {
        switch self {
        case .joined(let info, _): Self.fields(of: info) + [("stage", info.standing.rawValue)]
        case .left(let info, let reason): Self.fields(of: info) + [("reason", "\(reason)")]
        case .moved(let info, let cause): Self.fields(of: info) + [("cause", cause.rawValue)]
        case .removed(let info, let moderator): Self.fields(of: info) + [("by", "\(moderator)")]
        case .madeHost(let info): Self.fields(of: info)
        case .refused(let identity, let role, let code, let message):
            [
                ("identity", Self.printable(identity)), ("role", Self.printable(role)), ("code", code),
                ("reason", Self.printable(message)),
            ]
        case .keyframeMissing(let info, let source, let rid, let waited, let requests):
            Self.fields(of: info) + [("source", source.rawValue)] + (rid.map { [("rid", Self.printable($0))] } ?? [])
                + [("waited", "\(waited.components.seconds) s"), ("requests", "\(requests)")]
        case .ended(let reason): [("reason", "\(reason)")]
        }
    }

    private static func fields(of info: ParticipantInfo) -> [(name: String, value: String)] {
        [
            ("participant", "\(info.id)"), ("identity", printable(info.identity)), ("name", printable(info.name)),
            ("role", info.role.rawValue),
        ]
    }

    /// The text in one line, at most 200 characters of it.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(200).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                        "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
