/// What `invitation.create` asks for.
public struct InvitationRequest: Codable, Equatable, Sendable {
    /// The role of those who come in by it.
    public var role: String
    /// Minutes until it expires; `nil`: `ProtocolLimits.defaultInvitationMinutes`.
    public var minutes: Int?
    /// At most so many identities; `nil`: any number.
    public var uses: Int?

    /// An invitation that a host wants to make.
    public init(role: String, minutes: Int? = nil, uses: Int? = nil) {
        self.role = role
        self.minutes = minutes
        self.uses = uses
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        role = try fields.string(.role, atMost: ProtocolLimits.roleSize)
        minutes = try fields.integerIfPresent(.minutes, in: 1...ProtocolLimits.invitationMinutes, .limitExceeded)
        uses = try fields.integerIfPresent(.uses, in: 1...ProtocolLimits.invitationUses, .limitExceeded)
    }
}

/// An invitation as those who may moderate know it.
public struct InvitationInfo: Codable, Equatable, Sendable {
    /// The `jti` of its token.
    public var id: String
    /// The role of those who come in by it.
    public var role: String
    /// Seconds since 1970.
    public var expiresAt: Int
    /// At most so many identities; `nil`: any number.
    public var uses: Int?
    /// Identities that it was exchanged for, since the server's start.
    public var used: Int?

    /// An invitation as those who may moderate know it.
    public init(id: String, role: String, expiresAt: Int, uses: Int? = nil, used: Int? = nil) {
        self.id = id
        self.role = role
        self.expiresAt = expiresAt
        self.uses = uses
        self.used = used
    }
}
