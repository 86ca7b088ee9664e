import AccessTokens
import Admission
import HTTPTypes
import Primitives
import Rooms

/// Who may come in by a door: by token (RFC 6750), or in development mode by one's own word.
struct DoorAuthorization: Sendable {
    /// What one comes in as by a door.
    struct Entry: Sendable {
        var grant: Grant
        var attributes: [String: String]
        /// `nil` without a token.
        var authority: Authority?
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

    let admission: TokenAdmission

    /// What one comes in as.
    /// - Parameters:
    ///   - authorization: the request's `Authorization`.
    ///   - name: from the URL.
    ///   - player: the identity of one who plays: each is a participant of its own.
    ///   - now: seconds since 1970.
    func entry(
        _ door: Door, room: String, authorization: String?, name: String?, player: String, now: Int
    ) throws(DoorProblem) -> Entry {
        if let problem = name.flatMap({ PersonName.problem($0) }) {
            throw DoorProblem(.badRequest, .badRequest, "the name in the URL \(problem)")
        }
        guard let authorization else {
            guard admission.isDevelopment else { throw Self.tokenRequired }
            return Entry(
                grant: guestGrant(door, room: room, name: name, player: player), attributes: ["door": door.rawValue])
        }
        let token = try Self.token(in: authorization)
        var grant: Grant
        do throws(AdmissionError) {
            grant = try admission.grant(token: token, name: name, now: now)
        } catch {
            throw Self.unauthorized(error.description)
        }
        guard grant.room == room else {
            throw DoorProblem(.forbidden, .forbidden, "this token is for the room \(grant.room), not for \(room)")
        }
        let authority = Authority(token: token, identity: grant.identity, room: room)
        var attributes = ["door": door.rawValue]
        switch door {
        case .whip:
            guard grant.permissions.startsOnStage else {
                throw DoorProblem(
                    .forbidden, .forbidden,
                    "the token's role is \(grant.role.rawValue), who comes on stage by a host's leave only; WHIP needs "
                        + "costreamer or host")
            }
        case .whep:
            attributes["identity"] = grant.identity
            grant.identity = player
            grant.role = .viewer
            grant.permissions = Self.playing
            grant.isSelfAppointed = false
        }
        return Entry(grant: grant, attributes: attributes, authority: authority)
    }

    /// One without a token, in development mode.
    private func guestGrant(_ door: Door, room: String, name: String?, player: String) -> Grant {
        switch door {
        case .whip:
            let name = name ?? Self.defaultNames.publisher
            return Grant(
                room: room, identity: "whip:\(name)", name: name, role: .costreamer,
                permissions: Role.costreamer.permissions, isSelfAppointed: true)
        case .whep:
            return Grant(
                room: room, identity: player, name: name ?? Self.defaultNames.player, role: .viewer,
                permissions: Self.playing)
        }
    }

    /// Whether a request about a session is its owner's: with the token that it came in with, even when that has expired
    /// since, or with a newer one of the same identity and room.
    func check(_ session: DoorSession, authorization: String?, now: Int) throws(DoorProblem) {
        guard let authority = session.authority else { return }
        guard let authorization else { throw Self.tokenRequired }
        let token = try Self.token(in: authorization)
        guard token != authority.token else { return }
        let claims: AccessClaims
        do throws(AccessTokenError) {
            claims = try admission.claims(of: token, now: now)
        } catch {
            throw Self.unauthorized(error.description)
        }
        guard claims.identity == authority.identity, claims.room == authority.room else {
            throw DoorProblem(.forbidden, .forbidden, "the token is not of this session's participant")
        }
    }

    private static func token(in authorization: String) throws(DoorProblem) -> String {
        guard let token = BearerToken(parsing: authorization) else {
            throw unauthorized("the Authorization field must be: Bearer TOKEN")
        }
        return token.text
    }

    /// What players may do: many may play with one token, and none of them replaces or speaks for its holder.
    private static let playing = Permissions(
        publish: [], canRequestStage: false, startsOnStage: false, canModerate: false, canManageRoom: false,
        canChat: false)

    private static let tokenRequired = DoorProblem(
        .unauthorized, .tokenRequired, "an access token is needed: Authorization: Bearer TOKEN",
        fields: [.wwwAuthenticate: "Bearer realm=\"forestage\""])

    /// RFC 6750 section 3.1.
    private static func unauthorized(_ detail: String) -> DoorProblem {
        DoorProblem(
            .unauthorized, .badToken, detail,
            fields: [.wwwAuthenticate: "Bearer realm=\"forestage\", error=\"invalid_token\""])
    }
}
