/// The claims of a token about its holder.
package struct AccessClaims: Hashable, Sendable {
    /// Overrides of the role's template; `nil` keeps the template's value.
    package struct Permissions: Codable, Hashable, Sendable {
        /// Names of the sources that may be published on stage.
        package var publish: [String]?
        package var requestStage: Bool?
        package var moderate: Bool?
        package var chat: Bool?

        package init(
            publish: [String]? = nil, requestStage: Bool? = nil, moderate: Bool? = nil, chat: Bool? = nil
        ) {
            self.publish = publish
            self.requestStage = requestStage
            self.moderate = moderate
            self.chat = chat
        }
    }

    /// `sub`: the identity of the holder in the application.
    package var identity: String
    /// `name`: the name that others see.
    package var name: String?
    package var room: String
    package var role: String?
    package var permissions: Permissions?
    /// Whether the room's payloads are encrypted end to end; `nil` follows the room or the server's setting.
    package var encrypted: Bool?
    /// `inv`: the id of the invitation that the token was obtained with.
    package var invitation: String?
    /// `dev`: whether the holder stated the claims itself (development mode).
    package var isSelfMade: Bool
    /// `exp`: expiry in seconds since 1970.
    package var expiresAt: Int
    /// `nbf`: the begin of validity in seconds since 1970.
    package var notBefore: Int?

    package init(
        identity: String, name: String? = nil, room: String, role: String? = nil, permissions: Permissions? = nil,
        encrypted: Bool? = nil, invitation: String? = nil, isSelfMade: Bool = false, expiresAt: Int,
        notBefore: Int? = nil
    ) {
        self.identity = identity
        self.name = name
        self.room = room
        self.role = role
        self.permissions = permissions
        self.encrypted = encrypted
        self.invitation = invitation
        self.isSelfMade = isSelfMade
        self.expiresAt = expiresAt
        self.notBefore = notBefore
    }
}

/// The claims as JSON (RFC 7519 section 4).
struct ClaimsObject: Codable {
    var iss: String?
    var sub: String?
    var exp: Double?
    var nbf: Double?
    var name: String?
    var room: String?
    var role: String?
    var permissions: AccessClaims.Permissions?
    var encrypted: Bool?
    var inv: InvitationClaim?
    var jti: String?
    var uses: Int?
    var dev: Bool?
}

/// `inv`: `true` in an invitation, the invitation's id in an access token obtained with one.
enum InvitationClaim: Codable, Hashable {
    case isInvitation(Bool)
    case id(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .isInvitation(flag)
        } else {
            self = .id(try container.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .isInvitation(let flag): try container.encode(flag)
        case .id(let id): try container.encode(id)
        }
    }
}

/// The JOSE header (RFC 7515 section 4.1).
struct HeaderObject: Codable {
    var alg: String?
    var typ: String?
    var crit: [String]?
}
