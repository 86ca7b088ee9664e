/// What a token says of its holder.
package struct AccessClaims: Hashable, Sendable {
    /// Overrides of the role's template; `nil`: as the template has it.
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

    /// `sub`: who it is for the application.
    package var identity: String
    /// `name`: what others see.
    package var name: String?
    package var room: String
    package var role: String?
    package var permissions: Permissions?
    /// Whether the room's payloads are encrypted end to end; `nil`: as the room is, or the server's setting.
    package var encrypted: Bool?
    /// `exp`: seconds since 1970 from which the token is no longer taken.
    package var expiresAt: Int
    /// `nbf`: seconds since 1970 before which it is not yet taken.
    package var notBefore: Int?

    package init(
        identity: String, name: String? = nil, room: String, role: String? = nil, permissions: Permissions? = nil,
        encrypted: Bool? = nil, expiresAt: Int, notBefore: Int? = nil
    ) {
        self.identity = identity
        self.name = name
        self.room = room
        self.role = role
        self.permissions = permissions
        self.encrypted = encrypted
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
}

/// The JOSE header (RFC 7515 section 4.1).
struct HeaderObject: Codable {
    var alg: String?
    var typ: String?
    var crit: [String]?
}
