import Primitives

/// The first message of a session.
public struct JoinMessage: Codable, Equatable, Sendable {
    /// The access token; absent if the upgrade's headers had it, or in development mode.
    public var token: String?
    /// Without a token, in development mode: the identity, the same at every join; `nil`: a new one.
    public var identity: String?
    /// The room; with a token it may be absent, else it must be the token's.
    public var room: String?
    /// The name others see.
    public var name: String?
    /// Without a token, in development mode: `host`, `moderator`, `costreamer` or `viewer` (the default).
    public var role: String?
    /// Whether the room's payloads are encrypted end to end; with a token that says so, it must be as the token says.
    public var encrypted: Bool?
    /// Whether the server keeps the join until a host opens the room; `nil` is false.
    public var wait: Bool?
    /// The offer and what its sections are for; `nil`: the participant has no media until a later `offer`.
    public var media: OfferMessage?

    private enum Key: String, CodingKey {
        case token, identity, room, name, role, encrypted, wait, offer, slots, publish
    }

    /// A join with everything it can hold.
    public init(
        token: String? = nil, identity: String? = nil, room: String? = nil, name: String? = nil, role: String? = nil,
        encrypted: Bool? = nil, wait: Bool? = nil, media: OfferMessage?
    ) {
        self.token = token
        self.identity = identity
        self.room = room
        self.name = name
        self.role = role
        self.encrypted = encrypted
        self.wait = wait
        self.media = media
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        token = try fields.stringIfPresent(.token, atMost: ProtocolLimits.tokenSize)
        identity = try fields.identity(.identity)
        room = try fields.stringIfPresent(.room, atMost: ProtocolLimits.roomNameLength)
        name = try fields.personName(.name)
        role = try fields.stringIfPresent(.role, atMost: ProtocolLimits.roleSize)
        encrypted = try fields.decodeIfPresent(Bool.self, forKey: .encrypted)
        wait = try fields.decodeIfPresent(Bool.self, forKey: .wait)
        if fields.contains(.offer), try !fields.decodeNil(forKey: .offer) {
            media = try OfferMessage(from: decoder)
        } else {
            for key in [Key.slots, .publish] where fields.contains(key) {
                guard try fields.decodeNil(forKey: key) || fields.nestedUnkeyedContainer(forKey: key).isAtEnd else {
                    throw MessageError(.badMessage, "`\(key.rawValue)` names sections, but `offer` is missing")
                }
            }
        }
        if let room, !RoomName.isValid(room) {
            throw MessageError(.badMessage, "`room` must be \(RoomName.rule)")
        }
    }

    /// Writes the fields of the join and of its offer side by side.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encodeIfPresent(token, forKey: .token)
        try fields.encodeIfPresent(identity, forKey: .identity)
        try fields.encodeIfPresent(room, forKey: .room)
        try fields.encodeIfPresent(name, forKey: .name)
        try fields.encodeIfPresent(role, forKey: .role)
        try fields.encodeIfPresent(encrypted, forKey: .encrypted)
        try fields.encodeIfPresent(wait, forKey: .wait)
        try media?.encode(to: encoder)
    }
}

/// An offer after the join: the first one of a session that joined without, an ICE restart, or more sections.
public struct OfferMessage: Codable, Equatable, Sendable {
    /// The SDP of the offer.
    public var offer: String
    /// What the receive sections are for, complete.
    public var slots: [SlotRequestMessage]
    /// What the send sections are for, complete.
    public var publish: [PublishRequestMessage]

    /// An offer and what its sections are for.
    public init(offer: String, slots: [SlotRequestMessage], publish: [PublishRequestMessage]) {
        self.offer = offer
        self.slots = slots
        self.publish = publish
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        offer = try fields.string(.offer, atMost: ProtocolLimits.offerSize)
        slots = try fields.array(.slots, atMost: ProtocolLimits.slots, eachOnce: ("mid", \.mid))
        publish = try fields.array(
            .publish, atMost: ProtocolLimits.publishSections, eachOnce: ("mid", \.mid), ("source", \.use))
    }
}
