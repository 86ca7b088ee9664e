import AccessTokens
import Primitives
import Rooms
import SignalingProtocol

/// Makes invitations and exchanges them for access tokens.
struct InvitationDesk: Sendable {
    /// A participant who makes, lists or revokes invitations.
    struct Moderator: Sendable {
        var room: String
        var role: Role
        var permissions: Permissions
        var isRoomEncrypted: Bool
    }

    /// The result of an exchange.
    struct Exchanged: Encodable, Equatable, Sendable {
        var token: String
        var identity: String
        var room: String
        var role: String
        /// Seconds since 1970.
        var expiresAt: Int
    }

    /// `nil` where there is no API key: then nothing can be signed.
    let signer: AccessTokenSigner?
    let verifier: AccessTokenVerifier?
    let admissions: Admissions

    static let noKey =
        "this server has no API key, so it can make neither tokens nor invitations: give it apiKey and apiSecret "
        + "('forestage keys' makes them)"

    // MARK: In a room

    /// Carries out a request about invitations; `nil` where the message is none.
    func perform(_ message: ClientMessage, by moderator: Moderator) throws(MessageError) -> ServerReply? {
        switch message {
        case .createInvitation(let wanted):
            try check(moderator)
            return try create(wanted, by: moderator)
        case .listInvitations:
            try check(moderator)
            return .invitations(admissions.invitations(of: moderator.room).map { InvitationInfo($0, used: $0.used) })
        case .revokeInvitation(let id):
            try check(moderator)
            do throws(InvitationError) {
                try admissions.revoke(id, of: moderator.room)
            } catch {
                throw MessageError(error)
            }
            return .ok
        default: return nil
        }
    }

    private func check(_ moderator: Moderator) throws(MessageError) {
        guard moderator.permissions.canModerate else {
            throw MessageError(.forbidden, "invitations are for those who may moderate")
        }
    }

    private func create(_ wanted: InvitationRequest, by moderator: Moderator) throws(MessageError) -> ServerReply {
        guard let signer else { throw MessageError(.forbidden, Self.noKey) }
        guard let role = Role(rawValue: wanted.role) else {
            throw MessageError(
                .badMessage, "`role` must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard role.rank <= moderator.role.rank, role != .host || moderator.permissions.canManageRoom else {
            throw MessageError(
                .forbidden,
                "a \(moderator.role.rawValue) invites no \(role.rawValue): at most people of the same role")
        }
        var generator = SystemRandomNumberGenerator()
        let expiresAt = admissions.now + (wanted.minutes ?? ProtocolLimits.defaultInvitationMinutes) * 60
        let invitation = Invitation(
            id: InvitationClaims.id(using: &generator), role: role, expiresAt: expiresAt, uses: wanted.uses)
        do throws(InvitationError) {
            try admissions.add(invitation, to: moderator.room)
        } catch {
            throw MessageError(error)
        }
        let token = signer.sign(
            InvitationClaims(
                id: invitation.id, room: moderator.room, role: role.rawValue,
                encrypted: moderator.isRoomEncrypted ? true : nil, uses: wanted.uses, expiresAt: expiresAt))
        return .invitation(InvitationInfo(invitation, used: nil), token: token)
    }

    // MARK: Exchange

    /// An access token with an identity of its own.
    /// - Parameters:
    ///   - name: what others see.
    ///   - earlier: an access token that came of the same invitation: the identity stays.
    func exchange(_ text: String, name: String?, earlier: String?) throws(MessageError) -> Exchanged {
        guard let signer, let verifier else { throw MessageError(.badInvitation, Self.noKey) }
        let now = admissions.now
        let claims: InvitationClaims
        do throws(AccessTokenError) {
            claims = try verifier.verifyInvitation(text, now: now)
        } catch {
            switch error {
            case .expired: throw MessageError(.invitationExpired, "the invitation has expired; ask for a new one")
            case .notAnInvitation: throw MessageError(.badInvitation, error.description)
            default: throw MessageError(.badInvitation, "this is no invitation of this server: \(error)")
            }
        }
        guard RoomName.isValid(claims.room), let role = Role(rawValue: claims.role) else {
            throw MessageError(.badInvitation, "the invitation is for a room or a role that cannot be")
        }
        // A token of another invitation, or none that is good any more, gives somebody new.
        let known = earlier.flatMap { try? verifier.verify($0, now: now) }
        let returning = known.flatMap { $0.invitation == claims.id && $0.room == claims.room ? $0 : nil }
        do throws(InvitationError) {
            try admissions.exchange(
                Invitation(id: claims.id, role: role, expiresAt: claims.expiresAt, uses: claims.uses), of: claims.room,
                returning: returning?.identity)
        } catch {
            throw MessageError(error)
        }
        var generator = SystemRandomNumberGenerator()
        let identity = returning?.identity ?? "guest-\(InvitationClaims.id(using: &generator))"
        let token = signer.sign(
            AccessClaims(
                identity: identity, name: name ?? returning?.name, room: claims.room, role: role.rawValue,
                encrypted: claims.encrypted, invitation: claims.id, expiresAt: claims.expiresAt))
        return Exchanged(
            token: token, identity: identity, room: claims.room, role: role.rawValue, expiresAt: claims.expiresAt)
    }
}

extension InvitationInfo {
    fileprivate init(_ invitation: Invitation, used: Int?) {
        self.init(
            id: invitation.id, role: invitation.role.rawValue, expiresAt: invitation.expiresAt, uses: invitation.uses,
            used: used)
    }
}

extension Role {
    /// Nobody invites to a higher one than their own.
    fileprivate var rank: Int {
        switch self {
        case .viewer: 0
        case .costreamer: 1
        case .moderator: 2
        case .host: 3
        }
    }
}
