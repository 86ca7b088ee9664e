/// The first message of a session: everything in one exchange.
public struct Join: Codable, Equatable, Sendable {
    /// The access token; absent where the upgrade's headers held it, or in development mode.
    public var token: String?
    /// Without a token, in development mode: who it is, the same at every join; `nil`: somebody new.
    public var identity: String?
    /// The room; with a token it may be absent, else it must be the token's.
    public var room: String?
    /// The name others see.
    public var name: String?
    /// Without a token, in development mode: `host` or `viewer`.
    public var role: String?
    /// Whether the room's payloads are encrypted end to end; with a token that says so, it must be as the token says.
    public var encrypted: Bool?
    /// Whether the server keeps the join until a host opens the room; `nil` is false.
    public var wait: Bool?
    /// The SDP of the offer.
    public var offer: String
    /// What the receive sections are for.
    public var slots: [SlotRequest]
    /// What the send sections are for.
    public var publish: [PublishRequest]

    /// A join with everything it can hold.
    public init(
        token: String? = nil, identity: String? = nil, room: String? = nil, name: String? = nil, role: String? = nil,
        encrypted: Bool? = nil, wait: Bool? = nil, offer: String, slots: [SlotRequest], publish: [PublishRequest]
    ) {
        self.token = token
        self.identity = identity
        self.room = room
        self.name = name
        self.role = role
        self.encrypted = encrypted
        self.wait = wait
        self.offer = offer
        self.slots = slots
        self.publish = publish
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        token = try fields.stringIfPresent(.token, atMost: ProtocolLimits.tokenSize)
        identity = try fields.stringIfPresent(.identity, atMost: ProtocolLimits.nameSize)
        room = try fields.stringIfPresent(.room, atMost: ProtocolLimits.roomNameLength)
        name = try fields.stringIfPresent(.name, atMost: ProtocolLimits.nameSize, orEmpty: true)
        role = try fields.stringIfPresent(.role, atMost: ProtocolLimits.roleSize)
        encrypted = try fields.decodeIfPresent(Bool.self, forKey: .encrypted)
        wait = try fields.decodeIfPresent(Bool.self, forKey: .wait)
        let sections = try Offer(from: decoder)
        offer = sections.offer
        slots = sections.slots
        publish = sections.publish
        if let room, !Self.isRoomName(room) {
            throw MessageError(.badMessage, "`room` may hold A-Z a-z 0-9 - _ . only, and not be . or ..")
        }
    }

    /// Whether the text can name a room. `.` and `..` cannot: URLs with them are resolved to others (RFC 3986 section
    /// 5.2.4).
    public static func isRoomName(_ text: String) -> Bool {
        (1...ProtocolLimits.roomNameLength).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// A further offer of a session: ICE restart, or more sections.
public struct Offer: Codable, Equatable, Sendable {
    /// The SDP of the offer.
    public var offer: String
    /// What the receive sections are for, complete.
    public var slots: [SlotRequest]
    /// What the send sections are for, complete.
    public var publish: [PublishRequest]

    /// An offer and what its sections are for.
    public init(offer: String, slots: [SlotRequest], publish: [PublishRequest]) {
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
            .publish, atMost: ProtocolLimits.publishSections, eachOnce: ("mid", \.mid), ("source", \.source.rawValue))
    }
}
