import AccessTokens
import Primitives
import Rooms

/// What somebody may come in as. Each front adds what its own requests say.
package struct Grant: Equatable, Sendable {
    package var room: String
    package var identity: String
    /// The name that others see.
    package var name: String
    package var role: Role
    package var permissions: Permissions
    /// Whether the room's payloads are encrypted end to end; `nil` where neither the token nor the request says.
    package var isEncrypted: Bool?
    /// The token as rooms know it; `nil` without one.
    package var credential: Credential?
    /// Whether the claims are the client's own word (development mode).
    package var isSelfAppointed: Bool

    package init(
        room: String, identity: String, name: String, role: Role, permissions: Permissions, isEncrypted: Bool? = nil,
        credential: Credential? = nil, isSelfAppointed: Bool = false
    ) {
        self.room = room
        self.identity = identity
        self.name = name
        self.role = role
        self.permissions = permissions
        self.isEncrypted = isEncrypted
        self.credential = credential
        self.isSelfAppointed = isSelfAppointed
    }

    /// The grant of a verified token.
    ///
    /// - Parameter name: shown where the token names nobody; the identity where this is `nil` too.
    init(_ claims: AccessClaims, name: String?) throws(AdmissionError) {
        guard let role = Role(rawValue: claims.role ?? Role.viewer.rawValue) else { throw .unknownRole }
        if let problem = PersonName.problem(identity: claims.identity) { throw .badName("identity \(problem)") }
        if let problem = claims.name.flatMap({ PersonName.problem($0) }) { throw .badName("name \(problem)") }
        self.init(
            room: claims.room, identity: claims.identity,
            name: claims.name ?? name ?? PersonName.standing(for: claims.identity), role: role,
            permissions: role.permissions.overridden(by: claims.permissions), isEncrypted: claims.encrypted,
            credential: Credential(
                subject: claims.identity, expiresAt: claims.expiresAt, invitation: claims.invitation),
            isSelfAppointed: claims.isSelfMade)
    }
}

extension Permissions {
    /// A role's permissions with a token's overrides.
    fileprivate func overridden(by overrides: AccessClaims.Permissions?) -> Permissions {
        var permissions = self
        if let publish = overrides?.publish {
            permissions.publish = Set(publish.compactMap(TrackSource.init(rawValue:)))
        }
        if let requestStage = overrides?.requestStage { permissions.canRequestStage = requestStage }
        if let chat = overrides?.chat { permissions.canChat = chat }
        if let moderate = overrides?.moderate {
            permissions.canModerate = moderate
            // Who may not mute another must not be able to end the room either.
            if !moderate { permissions.canManageRoom = false }
        }
        return permissions
    }
}
