import AccessTokens
import Rooms
import SignalingProtocol

/// Who may join as what: by token, or in development mode by one's own word.
struct JoinAuthorization: Sendable {
    /// What a participant joins as.
    struct Grant: Equatable, Sendable {
        var room: String
        var identity: String
        var name: String
        var role: Role
        var permissions: Permissions
        /// Whether the room's payloads are encrypted end to end, where anybody said.
        var isEncrypted: Bool?
        /// The token; `nil` without one.
        var credential: Credential?
        /// Whether there is nothing but the client's own word.
        var isSelfAppointed = false
    }

    let isDevelopment: Bool
    /// `nil` where there is no API key.
    let verifier: AccessTokenVerifier?

    /// What the message and the upgrade's token allow.
    /// - Parameters:
    ///   - guest: the identity of one without a token.
    ///   - now: seconds since 1970.
    func grant(
        _ join: Join, upgradeToken: String?, guest: String, now: Int
    ) throws(MessageError) -> Grant {
        guard let token = join.token ?? upgradeToken else { return try guestGrant(join, guest) }
        let claims: AccessClaims
        do throws(AccessTokenError) {
            guard let verifier else { throw .unknownKey }
            claims = try verifier.verify(token, now: now)
        } catch {
            if case .expired = error { throw MessageError(.tokenExpired, error.description) }
            throw MessageError(.badToken, error.description)
        }
        guard Join.isRoomName(claims.room) else {
            throw MessageError(.badToken, "the token's room may hold A-Z a-z 0-9 - _ . only, at most 64 of them")
        }
        guard let role = Role(rawValue: claims.role ?? Role.viewer.rawValue) else {
            throw MessageError(.badToken, "the token's role is none of \(Self.roles)")
        }
        if let room = join.room, room != claims.room {
            throw MessageError(.forbidden, "this token is for the room \(claims.room), not for \(room)")
        }
        if let wanted = join.role, wanted != role.rawValue {
            throw MessageError(.forbidden, "this token lets its holder in as \(role.rawValue), not as \(wanted)")
        }
        if let wanted = join.encrypted, let claimed = claims.encrypted, wanted != claimed {
            throw MessageError(.forbidden, "the token is for a room with encrypted: \(claimed)")
        }
        return Grant(
            room: claims.room, identity: claims.identity, name: claims.name ?? join.name ?? claims.identity, role: role,
            permissions: Self.permissions(role, claims.permissions), isEncrypted: claims.encrypted ?? join.encrypted,
            credential: Credential(
                subject: claims.identity, expiresAt: claims.expiresAt, invitation: claims.invitation),
            isSelfAppointed: claims.isSelfMade)
    }

    private func guestGrant(_ join: Join, _ guest: String) throws(MessageError) -> Grant {
        guard isDevelopment else {
            throw MessageError(.tokenRequired, "`token` is missing; only in development mode it may be")
        }
        guard let room = join.room else { throw MessageError(.badMessage, "`room` is missing") }
        guard let role = Role(rawValue: join.role ?? Role.viewer.rawValue) else {
            throw MessageError(.badMessage, "`role` must be one of \(Self.roles)")
        }
        return Grant(
            room: room, identity: join.identity ?? guest, name: join.name ?? "Guest", role: role,
            permissions: role.permissions,
            isEncrypted: join.encrypted, isSelfAppointed: true)
    }

    private static let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")

    /// The role's template with the token's overrides.
    private static func permissions(_ role: Role, _ overrides: AccessClaims.Permissions?) -> Permissions {
        var permissions = role.permissions
        if let publish = overrides?.publish {
            permissions.publish = Set(publish.compactMap(TrackSource.init(rawValue:)))
        }
        if let requestStage = overrides?.requestStage { permissions.canRequestStage = requestStage }
        if let chat = overrides?.chat { permissions.canChat = chat }
        if let moderate = overrides?.moderate {
            permissions.canModerate = moderate
            // Who may not mute another shall not end the room either.
            if !moderate { permissions.canManageRoom = false }
        }
        return permissions
    }
}
