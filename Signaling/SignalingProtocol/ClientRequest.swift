import Foundation

/// A message of a client with the id that its reply will carry.
public struct ClientRequest: Codable, Equatable, Sendable {
    /// Chosen by the client, 0 to 2^53 - 1.
    public var id: Int
    /// The request.
    public var message: ClientMessage

    /// A message with the id that the reply shall carry.
    public init(id: Int, _ message: ClientMessage) {
        self.id = id
        self.message = message
    }

    /// Reads one text frame. The caller has checked its size and that it is UTF-8.
    /// - Throws: the error for the `error` reply.
    public init(parsing text: some Collection<UInt8>) throws(MessageError) {
        guard JSONDepth.isWithin(ProtocolLimits.depth, text) else {
            throw MessageError(.tooDeep, "the message is nested deeper than \(ProtocolLimits.depth)")
        }
        do {
            self = try JSONDecoder().decode(ClientRequest.self, from: Data(text))
        } catch {
            throw MessageError(error)
        }
    }

    /// Reads the message; a `MessageError` carries the id if it could be read.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        id = try fields.count(.id)
        do {
            message = try ClientMessage(type: fields.decode(String.self, forKey: .type), fields, decoder)
        } catch {
            var error = MessageError(error)
            error.id = id
            throw error
        }
    }

    /// Writes the message in the form of its golden example.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(message.type, forKey: .type)
        try message.encode(into: &fields, encoder)
    }
}

/// The fields of the messages that have no type of their own.
enum Field: String, CodingKey {
    case id, type, slots, source, muted, participant, version, locked, measurements, invitation
}

extension ClientMessage {
    init(type: String, _ fields: KeyedDecodingContainer<Field>, _ decoder: any Decoder) throws {
        if let step = StageStep(rawValue: type) {
            self = .stage(step)
            return
        }
        if let decision = StageDecision(rawValue: type) {
            self = .stageOf(
                participant: try Self.participant(fields), decision, version: try fields.countIfPresent(.version))
            return
        }
        switch type {
        case "join": self = .join(try JoinMessage(from: decoder))
        case "resume": self = .resume(try ResumeMessage(from: decoder))
        case "offer": self = .offer(try OfferMessage(from: decoder))
        case "view":
            self = .view(try fields.array(.slots, atMost: ProtocolLimits.slots, eachOnce: ("mid", \.mid)))
        case "publish": self = .publish(try Self.source(fields))
        case "unpublish": self = .unpublish(try Self.source(fields))
        case "mute": self = .mute(try Self.source(fields), muted: try fields.decode(Bool.self, forKey: .muted))
        case "participant.mute":
            self = .muteParticipant(try Self.participant(fields), try Self.source(fields))
        case "participant.remove": self = .removeParticipant(try Self.participant(fields))
        case "room.lock": self = .lockRoom(try fields.decode(Bool.self, forKey: .locked))
        case "room.end": self = .endRoom
        case "invitation.create": self = .createInvitation(try InvitationRequest(from: decoder))
        case "invitation.list": self = .listInvitations
        case "invitation.revoke":
            self = .revokeInvitation(try fields.string(.invitation, atMost: ProtocolLimits.identifierSize))
        case "telemetry": self = .telemetry(try Self.measurements(fields))
        case "ping": self = .ping
        case "leave": self = .leave
        default: throw MessageError(.unknownType, "there is no message of type \"\(type.prefix(40))\"")
        }
    }

    private static func source(_ fields: KeyedDecodingContainer<Field>) throws -> MediaSource {
        try fields.decode(MediaSource.self, forKey: .source)
    }

    private static func participant(_ fields: KeyedDecodingContainer<Field>) throws -> String {
        try fields.string(.participant, atMost: ProtocolLimits.identifierSize)
    }

    private static func measurements(_ fields: KeyedDecodingContainer<Field>) throws -> [String: Double] {
        let measurements: [String: Double]
        do {
            measurements = try fields.decode([String: Double].self, forKey: .measurements)
        } catch  where isUnreadableNumber(error) {
            throw MessageError(.badMessage, "`measurements` must hold numbers of at most 64 bits")
        }
        guard measurements.count <= ProtocolLimits.measurements else {
            throw MessageError(.limitExceeded, "`measurements` has more than \(ProtocolLimits.measurements) entries")
        }
        guard measurements.keys.allSatisfy({ $0.utf8.count <= ProtocolLimits.measurementNameSize }) else {
            throw MessageError(
                .limitExceeded, "`measurements` has a name of more than \(ProtocolLimits.measurementNameSize) octets")
        }
        return measurements
    }

    func encode(into fields: inout KeyedEncodingContainer<Field>, _ encoder: any Encoder) throws {
        switch self {
        case .join(let join): try join.encode(to: encoder)
        case .resume(let resume): try resume.encode(to: encoder)
        case .offer(let offer): try offer.encode(to: encoder)
        case .view(let wishes): try fields.encode(wishes, forKey: .slots)
        case .publish(let source), .unpublish(let source): try fields.encode(source, forKey: .source)
        case .mute(let source, let muted):
            try fields.encode(source, forKey: .source)
            try fields.encode(muted, forKey: .muted)
        case .stageOf(let participant, _, let version):
            try fields.encode(participant, forKey: .participant)
            try fields.encodeIfPresent(version, forKey: .version)
        case .muteParticipant(let participant, let source):
            try fields.encode(participant, forKey: .participant)
            try fields.encode(source, forKey: .source)
        case .removeParticipant(let participant): try fields.encode(participant, forKey: .participant)
        case .lockRoom(let locked): try fields.encode(locked, forKey: .locked)
        case .telemetry(let measurements): try fields.encode(measurements, forKey: .measurements)
        case .createInvitation(let wanted): try wanted.encode(to: encoder)
        case .revokeInvitation(let id): try fields.encode(id, forKey: .invitation)
        case .stage, .endRoom, .listInvitations, .ping, .leave: break
        }
    }
}
