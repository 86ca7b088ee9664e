import AccessTokens
import Admission
import Primitives
import Rooms
import SignalingProtocol

/// Decides the grant of a joining client: by its token, or in development mode by its own claims.
struct JoinAuthorization: Sendable {
    let admission: TokenAdmission

    /// The grant for a join, by the token of the message or of the upgrade request.
    /// - Parameters:
    ///   - guest: the identity of a client without a token that names none.
    ///   - now: seconds since 1970.
    func grant(
        _ join: JoinMessage, upgradeToken: String?, guest: String, now: Int
    ) throws(MessageError) -> Grant {
        guard let token = join.token ?? upgradeToken else { return try guestGrant(join, guest) }
        var grant: Grant
        do throws(AdmissionError) {
            grant = try admission.grant(token: token, name: join.name, now: now)
        } catch {
            switch error {
            case .token(.expired): throw MessageError(.tokenExpired, error.description)
            case .token, .unknownRole, .badName: throw MessageError(.badToken, error.description)
            }
        }
        guard RoomName.isValid(grant.room) else {
            throw MessageError(.badToken, "the token's room must be \(RoomName.rule)")
        }
        if let room = join.room, room != grant.room {
            throw MessageError(.forbidden, "this token is for the room \(grant.room), not for \(room)")
        }
        if let wanted = join.role, wanted != grant.role.rawValue {
            throw MessageError(.forbidden, "this token lets its holder in as \(grant.role.rawValue), not as \(wanted)")
        }
        if let wanted = join.encrypted, let claimed = grant.isEncrypted, wanted != claimed {
            throw MessageError(.forbidden, "the token is for a room with encrypted: \(claimed)")
        }
        grant.isEncrypted = grant.isEncrypted ?? join.encrypted
        return grant
    }

    private func guestGrant(_ join: JoinMessage, _ guest: String) throws(MessageError) -> Grant {
        guard admission.isDevelopment else {
            throw MessageError(.tokenRequired, "`token` is missing; only in development mode it may be")
        }
        guard let room = join.room else { throw MessageError(.badMessage, "`room` is missing") }
        guard let role = Role(rawValue: join.role ?? Role.viewer.rawValue) else {
            throw MessageError(
                .badMessage, "`role` must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return Grant(
            room: room, identity: join.identity ?? guest, name: join.name ?? "Guest", role: role,
            permissions: role.permissions, isEncrypted: join.encrypted, isSelfAppointed: true)
    }
}
