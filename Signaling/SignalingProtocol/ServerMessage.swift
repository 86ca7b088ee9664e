import Foundation

/// One text frame of a server.
public enum ServerMessage: Equatable, Sendable {
    /// The reply to the request with this id; `nil` if the id could not be read.
    case reply(id: Int?, ServerReply)
    /// The join with this id waits until the room opens; its reply comes then.
    case waiting(id: Int, message: String)
    /// The event with the number `seq` in the session, from 1.
    case event(seq: Int, ServerEvent)

    /// Reads one text frame.
    /// - Throws: `unknownType` for a message of a later server, which clients ignore, or another `MessageError`.
    public init(parsing text: some Collection<UInt8>) throws(MessageError) {
        guard JSONDepth.isWithin(ProtocolLimits.depth, text) else {
            throw MessageError(.tooDeep, "the message is nested deeper than \(ProtocolLimits.depth)")
        }
        do {
            self = try JSONDecoder().decode(ServerMessage.self, from: Data(text))
        } catch {
            throw MessageError(error)
        }
    }

    /// The text frame; `nil` for a number that JSON cannot represent.
    public func text() -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ServerMessage: Codable {
    enum Key: String, CodingKey {
        case type, id, seq, code, message, slots, version, changes, state, cause, source, muted, role, permissions
        case count, locked, hosts, endsInMs, speakers, deadlineMs, reason, invitation, invitations, token, encodings,
            active, estimate, limitedBy, missed
    }

    /// Reads the message.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let type = try fields.decode(String.self, forKey: .type)
        func reply(_ reply: ServerReply) throws -> ServerMessage { .reply(id: try fields.count(.id), reply) }
        func event(_ event: ServerEvent) throws -> ServerMessage { .event(seq: try fields.count(.seq), event) }
        switch type {
        case "joined": self = try reply(.joined(JoinedMessage(from: decoder)))
        case "resumed": self = try reply(.resumed(missed: fields.count(.missed)))
        case "answer": self = try reply(.answer(AnswerMessage(from: decoder)))
        case "ok": self = try reply(.ok)
        case "invitation":
            self = try reply(
                .invitation(
                    fields.decode(InvitationInfo.self, forKey: .invitation),
                    token: fields.decode(String.self, forKey: .token)))
        case "invitations":
            self = try reply(.invitations(fields.decode([InvitationInfo].self, forKey: .invitations)))
        case "waiting":
            self = .waiting(id: try fields.count(.id), message: try fields.decode(String.self, forKey: .message))
        case "error":
            self = .reply(
                id: try fields.countIfPresent(.id),
                .error(
                    code: try fields.decode(ErrorCode.self, forKey: .code),
                    message: try fields.decode(String.self, forKey: .message)))
        case "slots": self = try event(.slots(fields.decode([SlotMessage].self, forKey: .slots)))
        case "stage":
            self = try event(
                .stage(
                    version: fields.count(.version), changes: fields.decode([StageChangeMessage].self, forKey: .changes)
                ))
        case "stageState":
            self = try event(
                .stageState(
                    fields.decode(StageState.self, forKey: .state),
                    cause: fields.decode(StageCauseName.self, forKey: .cause),
                    version: fields.count(.version)))
        case "muteRequest":
            self = try event(
                .muteRequest(
                    fields.decode(MediaSource.self, forKey: .source), muted: fields.decode(Bool.self, forKey: .muted)))
        case "undecodable": self = try event(.undecodable(fields.decode(MediaSource.self, forKey: .source)))
        case "encodings":
            self = try event(
                .encodings(
                    fields.decode(MediaSource.self, forKey: .source),
                    fields.decode([EncodingMessage].self, forKey: .encodings)))
        case "secondCodec":
            self = try event(
                .secondCodec(
                    fields.decode(MediaSource.self, forKey: .source), active: fields.decode(Bool.self, forKey: .active))
            )
        case "permissions":
            self = try event(
                .permissions(
                    role: fields.decode(String.self, forKey: .role),
                    fields.decode(PermissionsInfo.self, forKey: .permissions)))
        case "audience": self = try event(.audience(count: fields.count(.count)))
        case "room":
            self = try event(
                .room(
                    locked: fields.decode(Bool.self, forKey: .locked), hosts: fields.count(.hosts),
                    endsInMs: fields.countIfPresent(.endsInMs)))
        case "speakers": self = try event(.speakers(fields.decode([SpeakerMessage].self, forKey: .speakers)))
        case "quality": self = try event(.quality(QualityMessage(from: decoder)))
        case "draining": self = try event(.draining(deadlineMs: fields.count(.deadlineMs)))
        case "closed":
            self = try event(
                .closed(
                    fields.decode(ClosedReason.self, forKey: .reason),
                    message: fields.decode(String.self, forKey: .message)))
        default: throw MessageError(.unknownType, "there is no message of type \"\(type.prefix(40))\"")
        }
    }

    /// Writes the message in the form of its golden example.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .reply(let id, let reply):
            try fields.encodeIfPresent(id, forKey: .id)
            switch reply {
            case .joined(let joined):
                try fields.encode("joined", forKey: .type)
                try joined.encode(to: encoder)
            case .resumed(let missed):
                try fields.encode("resumed", forKey: .type)
                try fields.encode(missed, forKey: .missed)
            case .answer(let answer):
                try fields.encode("answer", forKey: .type)
                try answer.encode(to: encoder)
            case .ok: try fields.encode("ok", forKey: .type)
            case .invitation(let invitation, let token):
                try fields.encode("invitation", forKey: .type)
                try fields.encode(invitation, forKey: .invitation)
                try fields.encode(token, forKey: .token)
            case .invitations(let invitations):
                try fields.encode("invitations", forKey: .type)
                try fields.encode(invitations, forKey: .invitations)
            case .error(let code, let message):
                try fields.encode("error", forKey: .type)
                try fields.encode(code, forKey: .code)
                try fields.encode(message, forKey: .message)
            }
        case .waiting(let id, let message):
            try fields.encode("waiting", forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(message, forKey: .message)
        case .event(let seq, let event):
            try fields.encode(seq, forKey: .seq)
            try Self.encode(event, into: &fields)
        }
    }

    static func encode(_ event: ServerEvent, into fields: inout KeyedEncodingContainer<Key>) throws {
        switch event {
        case .slots(let slots):
            try fields.encode("slots", forKey: .type)
            try fields.encode(slots, forKey: .slots)
        case .stage(let version, let changes):
            try fields.encode("stage", forKey: .type)
            try fields.encode(version, forKey: .version)
            try fields.encode(changes, forKey: .changes)
        case .stageState(let state, let cause, let version):
            try fields.encode("stageState", forKey: .type)
            try fields.encode(state, forKey: .state)
            try fields.encode(cause, forKey: .cause)
            try fields.encode(version, forKey: .version)
        case .muteRequest(let source, let muted):
            try fields.encode("muteRequest", forKey: .type)
            try fields.encode(source, forKey: .source)
            try fields.encode(muted, forKey: .muted)
        case .undecodable(let source):
            try fields.encode("undecodable", forKey: .type)
            try fields.encode(source, forKey: .source)
        case .encodings(let source, let encodings):
            try fields.encode("encodings", forKey: .type)
            try fields.encode(source, forKey: .source)
            try fields.encode(encodings, forKey: .encodings)
        case .secondCodec(let source, let active):
            try fields.encode("secondCodec", forKey: .type)
            try fields.encode(source, forKey: .source)
            try fields.encode(active, forKey: .active)
        case .permissions(let role, let permissions):
            try fields.encode("permissions", forKey: .type)
            try fields.encode(role, forKey: .role)
            try fields.encode(permissions, forKey: .permissions)
        case .audience(let count):
            try fields.encode("audience", forKey: .type)
            try fields.encode(count, forKey: .count)
        case .room(let locked, let hosts, let endsInMs):
            try fields.encode("room", forKey: .type)
            try fields.encode(locked, forKey: .locked)
            try fields.encode(hosts, forKey: .hosts)
            try fields.encodeIfPresent(endsInMs, forKey: .endsInMs)
        case .speakers(let speakers):
            try fields.encode("speakers", forKey: .type)
            try fields.encode(speakers, forKey: .speakers)
        case .quality(let quality):
            try fields.encode("quality", forKey: .type)
            try fields.encode(quality.estimate, forKey: .estimate)
            try fields.encode(quality.limitedBy, forKey: .limitedBy)
            try fields.encode(quality.slots, forKey: .slots)
        case .draining(let deadlineMs):
            try fields.encode("draining", forKey: .type)
            try fields.encode(deadlineMs, forKey: .deadlineMs)
        case .closed(let reason, let message):
            try fields.encode("closed", forKey: .type)
            try fields.encode(reason, forKey: .reason)
            try fields.encode(message, forKey: .message)
        }
    }
}
