/// The request to join a room. The front has verified the token and fills in its claims.
package struct JoinRequest: Sendable {
    package var room: String
    package var identity: String
    package var name: String
    package var role: Role
    package var permissions: Permissions
    package var media: JoinMedia
    /// Whether every publishing section counts as published from the join on, for clients that cannot announce (WHIP).
    package var autoPublish: Bool
    /// The only participant that is shown, by id, identity or name, in this order; `nil`: the whole stage. Nothing is shown
    /// while nobody on stage is called so.
    package var watches: String?
    /// Whether the room is made when there is none.
    package var createsRoom: Bool
    /// Whether the room's payloads are encrypted end to end: decides for a room that is made, must be so of one that is
    /// there; `nil`: whatever the room is, and the configuration's default for a new one.
    package var isEncrypted: Bool?
    package var attributes: [String: String]
    /// The token that it came with; `nil` without one.
    package var credential: Credential?
    /// Whether role and identity are the client's own word (development mode): it does not become host beside another.
    package var isSelfAppointed: Bool

    package init(
        room: String, identity: String, name: String, role: Role, permissions: Permissions? = nil,
        media: JoinMedia, autoPublish: Bool = false, watches: String? = nil, createsRoom: Bool = false,
        isEncrypted: Bool? = nil, attributes: [String: String] = [:], credential: Credential? = nil,
        isSelfAppointed: Bool = false
    ) {
        self.room = room
        self.identity = identity
        self.name = name
        self.role = role
        self.permissions = permissions ?? role.permissions
        self.media = media
        self.autoPublish = autoPublish
        self.watches = watches
        self.createsRoom = createsRoom
        self.isEncrypted = isEncrypted
        self.attributes = attributes
        self.credential = credential
        self.isSelfAppointed = isSelfAppointed
    }
}

/// The source of a section in which the client sends.
package struct PublishRequest: Hashable, Sendable {
    package var mid: String
    package var source: TrackSource
    /// Whether the section is kept for the source in a second codec, beside the one that carries it.
    package var isSecond: Bool

    package init(mid: String, source: TrackSource, isSecond: Bool = false) {
        self.mid = mid
        self.source = source
        self.isSecond = isSecond
    }
}

/// The purpose of a section in which the client receives.
package struct SlotRequest: Hashable, Sendable {
    package var mid: String
    package var use: SlotUse
    /// The number of the seat, screen or extra audio slot; `nil`: the next free one.
    package var number: Int?

    package init(mid: String, use: SlotUse, number: Int? = nil) {
        self.mid = mid
        self.use = use
        self.number = number
    }
}
