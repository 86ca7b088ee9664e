import AccessTokens
import HTTPTypes
import Rooms

/// Who may come in by a door: by token (RFC 6750), or in development mode by one's own word.
struct DoorAuthorization: Sendable {
    /// What one comes in as.
    struct Grant: Sendable {
        var identity: String
        var name: String
        var role: Role
        var permissions: Permissions
        /// What the token says of the room's payloads.
        var isEncrypted: Bool?
        var attributes: [String: String]
        var authority: Authority?
        /// The token as rooms know it; `nil` without one.
        var credential: Credential?
        /// Whether there is nothing but the client's own word.
        var isSelfAppointed = false
    }

    /// The token that a session came in with, and whom it named.
    struct Authority: Hashable, Sendable {
        var token: String
        var identity: String
        var room: String
    }

    /// The name of those without a token who do not say one. Publishers without a token are known by their name, so
    /// those who say none replace each other.
    static let defaultNames = (publisher: "Live", player: "Player")
    /// Octets of the `name` in a URL.
    static let nameOctets = 1...100

    let isDevelopment: Bool
    /// `nil` where there is no API key.
    let verifier: AccessTokenVerifier?

    /// What one comes in as.
    /// - Parameters:
    ///   - authorization: the request's `Authorization`.
    ///   - name: from the URL.
    ///   - player: the identity of one who plays: each is a participant of its own.
    ///   - now: seconds since 1970.
    func grant(
        _ door: Door, room: String, authorization: String?, name: String?, player: String, now: Int
    ) throws(DoorProblem) -> Grant {
        if let name,
            !Self.nameOctets.contains(name.utf8.count) || name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        {
            throw DoorProblem(
                .badRequest, .badRequest,
                "the name in the URL must have \(Self.nameOctets.lowerBound) to \(Self.nameOctets.upperBound) octets "
                    + "and no control characters")
        }
        guard let verified = try verified(authorization, now: now) else {
            guard isDevelopment else { throw Self.tokenRequired }
            return guestGrant(door, name: name, player: player)
        }
        let (token, claims) = verified
        guard claims.room == room else {
            throw DoorProblem(.forbidden, .forbidden, "this token is for the room \(claims.room), not for \(room)")
        }
        let authority = Authority(token: token, identity: claims.identity, room: room)
        let credential = Credential(
            subject: claims.identity, expiresAt: claims.expiresAt, invitation: claims.invitation)
        guard door == .whip else {
            return Grant(
                identity: player, name: claims.name ?? name ?? claims.identity, role: .viewer,
                permissions: Self.playing, isEncrypted: claims.encrypted,
                attributes: ["door": door.rawValue, "identity": claims.identity],
                authority: authority, credential: credential)
        }
        guard let role = Role(rawValue: claims.role ?? Role.viewer.rawValue) else {
            throw Self.unauthorized(
                "the token's role is none of " + Role.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let permissions = Self.permissions(role, claims.permissions)
        guard permissions.startsOnStage else {
            throw DoorProblem(
                .forbidden, .forbidden,
                "the token's role is \(role.rawValue), who comes on stage by a host's leave only; WHIP needs costreamer "
                    + "or host")
        }
        return Grant(
            identity: claims.identity, name: claims.name ?? name ?? claims.identity, role: role,
            permissions: permissions, isEncrypted: claims.encrypted,
            attributes: ["door": door.rawValue], authority: authority, credential: credential,
            isSelfAppointed: claims.isSelfMade)
    }

    /// One without a token, in development mode.
    private func guestGrant(_ door: Door, name: String?, player: String) -> Grant {
        switch door {
        case .whip:
            let name = name ?? Self.defaultNames.publisher
            return Grant(
                identity: "whip:\(name)", name: name, role: .costreamer, permissions: Role.costreamer.permissions,
                attributes: ["door": door.rawValue], isSelfAppointed: true)
        case .whep:
            return Grant(
                identity: player, name: name ?? Self.defaultNames.player, role: .viewer, permissions: Self.playing,
                attributes: ["door": door.rawValue])
        }
    }

    /// Whether a request about a session is its owner's: with the token that it came in with, even when that has expired
    /// since, or with a newer one of the same identity and room.
    func check(_ session: DoorSession, authorization: String?, now: Int) throws(DoorProblem) {
        guard let authority = session.authority else { return }
        guard let authorization else { throw Self.tokenRequired }
        if let token = Self.bearerToken(authorization), token == authority.token { return }
        guard let (_, claims) = try verified(authorization, now: now) else { throw Self.tokenRequired }
        guard claims.identity == authority.identity, claims.room == authority.room else {
            throw DoorProblem(.forbidden, .forbidden, "the token is not of this session's participant")
        }
    }

    private func verified(_ authorization: String?, now: Int) throws(DoorProblem) -> (String, AccessClaims)? {
        guard let authorization else { return nil }
        guard let token = Self.bearerToken(authorization) else {
            throw Self.unauthorized("the Authorization field must be: Bearer TOKEN")
        }
        do throws(AccessTokenError) {
            guard let verifier else { throw .unknownKey }
            return (token, try verifier.verify(token, now: now))
        } catch {
            throw Self.unauthorized(error.description)
        }
    }

    /// What players may do: many may play with one token, and none of them replaces or speaks for its holder.
    private static let playing = Permissions(
        publish: [], canRequestStage: false, startsOnStage: false, canModerate: false, canManageRoom: false,
        canChat: false)

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
            if !moderate { permissions.canManageRoom = false }
        }
        return permissions
    }

    private static let tokenRequired = DoorProblem(
        .unauthorized, .tokenRequired, "an access token is needed: Authorization: Bearer TOKEN",
        fields: [.wwwAuthenticate: "Bearer realm=\"forestage\""])

    /// RFC 6750 section 3.1.
    private static func unauthorized(_ detail: String) -> DoorProblem {
        DoorProblem(
            .unauthorized, .badToken, detail,
            fields: [.wwwAuthenticate: "Bearer realm=\"forestage\", error=\"invalid_token\""])
    }

    /// The token of an `Authorization` field (RFC 6750 section 2.1).
    static func bearerToken(_ field: String) -> String? {
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
