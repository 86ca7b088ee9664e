import Synchronization

/// Removed identities and revoked invitations, which a valid token does not tell. Kept in memory, so a
/// restarted server has forgotten it.
package final class Admissions: Sendable {
    /// Revoked invitations, and people who were removed, that are remembered at a time.
    package static let maximumRevocations = 10_000
    /// Exchanges of invitations per second over a longer time.
    package static let exchangesPerSecond = 500
    /// Exchanges at once after a pause.
    package static let exchangeBurst = 2_000

    private struct Person: Hashable, Sendable {
        var room: String
        var subject: String
    }

    private struct InvitationName: Hashable, Sendable {
        var room: String
        var id: String
    }

    private struct State: Sendable {
        var ledger = InvitationLedger()
        var revoked = ExpiringSet<InvitationName>(capacity: maximumRevocations)
        var removed = ExpiringSet<Person>(capacity: maximumRevocations)
        /// Exchanges that may come now, and when that was counted.
        var exchanges = exchangeBurst
        var lastExchange = Int.min
    }

    private let state = Mutex(State())
    private let secondsSince1970: @Sendable () -> Int

    /// - Parameter secondsSince1970: the wall clock that tokens are held against.
    package init(secondsSince1970: @escaping @Sendable () -> Int) { self.secondsSince1970 = secondsSince1970 }

    /// Seconds since 1970.
    package var now: Int { secondsSince1970() }

    // MARK: Invitations

    /// Notes an invitation that a moderator makes.
    package func add(_ invitation: Invitation, to room: String) throws(InvitationError) {
        let now = now
        guard state.withLock({ $0.ledger.add(invitation, to: room, now: now) }) else { throw Self.tooMany(room) }
    }

    /// The room's invitations that the server knows, the oldest first.
    package func invitations(of room: String) -> [Invitation] {
        let now = now
        return state.withLock { $0.ledger.invitations(of: room, now: now) }
    }

    /// Ends an invitation and the access tokens that came of it.
    package func revoke(_ id: String, of room: String) throws(InvitationError) {
        let now = now
        let wasThere = state.withLock { state in
            guard let invitation = state.ledger.remove(id, of: room) else { return false }
            state.revoked.insert(.init(room: room, id: id), until: invitation.expiresAt + Self.clockSkew, now: now)
            return true
        }
        guard wasThere else {
            throw InvitationError(.noSuchInvitation, "the room \(quoted(room)) has no invitation \(quoted(id))")
        }
    }

    /// Counts the exchange of an invitation whose signature is right.
    /// - Parameter returning: the identity of an earlier access token of this invitation: it is no further use.
    package func exchange(_ invitation: Invitation, of room: String, returning: String?) throws(InvitationError) {
        let now = now
        let error = state.withLock { state -> InvitationError? in
            guard Self.admitExchange(&state, now: now) else {
                return InvitationError(
                    .tooManyRequests, "more people come in by invitations than the server lets in at once; try again")
            }
            guard !state.revoked.contains(.init(room: room, id: invitation.id), now: now) else { return Self.revoked }
            if let returning {
                let isOut = state.removed.contains(Person(room: room, subject: returning), now: now)
                return isOut ? InvitationError(.removed, "a moderator removed you from the room \(quoted(room))") : nil
            }
            if state.ledger.invitation(invitation.id, of: room) == nil,
                !state.ledger.add(invitation, to: room, now: now)
            {
                // Uses of an invitation that cannot be noted cannot be counted or revoked either.
                return Self.tooMany(room)
            }
            let known = state.ledger.invitation(invitation.id, of: room) ?? invitation
            if let uses = invitation.uses, known.used >= uses {
                return InvitationError(
                    .invitationUsedUp,
                    "the invitation has let in \(uses == 1 ? "one person" : "\(uses) people"), as many as it may")
            }
            state.ledger.countUse(of: invitation.id, in: room)
            return nil
        }
        if let error { throw error }
    }

    // MARK: People

    /// Keeps the token's subject out of the room until the token expires.
    func exclude(_ credential: Credential, from room: String) {
        let now = now
        state.withLock {
            $0.removed.insert(
                Person(room: room, subject: credential.subject), until: credential.expiresAt + Self.clockSkew, now: now)
        }
    }

    /// Why the holder of this token does not come into the room; `nil` where nothing is known.
    package func refusal(of credential: Credential?, from room: String) -> JoinError? {
        guard let credential else { return nil }
        let now = now
        return state.withLock { state in
            if state.removed.contains(Person(room: room, subject: credential.subject), now: now) {
                return JoinError(.removed, "a moderator removed you from the room \(quoted(room))")
            }
            if let id = credential.invitation, state.revoked.contains(.init(room: room, id: id), now: now) {
                return JoinError(.invitationRevoked, Self.revoked.message)
            }
            return nil
        }
    }

    /// Whether the holder of this token may take up its session again. An invitation that was revoked does not matter, because it
    /// leaves those in the room who are there.
    func checkResuming(_ credential: Credential?, in room: String) throws(JoinError) {
        guard let credential else { return }
        let now = now
        let isRemoved = state.withLock {
            $0.removed.contains(Person(room: room, subject: credential.subject), now: now)
        }
        guard !isRemoved else {
            throw JoinError(.removed, "a moderator removed you from the room \(quoted(room))")
        }
        guard credential.expiresAt + Self.clockSkew > now else {
            throw JoinError(.tokenExpired, "the token expired while the connection was lost")
        }
    }

    /// Tokens are taken for so many seconds after their expiry.
    private static let clockSkew = 10
    private static let revoked = InvitationError(
        .invitationRevoked, "a moderator ended this invitation; ask for a new one")

    private static func tooMany(_ room: String) -> InvitationError {
        InvitationError(
            .tooManyInvitations,
            "the room \(quoted(room)) has \(InvitationLedger.maximumInvitationsPerRoom) invitations, or the server "
                + "\(InvitationLedger.maximumInvitations): as many as they take; revoke some")
    }

    private static func admitExchange(_ state: inout State, now: Int) -> Bool {
        // The wall clock may be set back.
        if now < state.lastExchange { state.lastExchange = now }
        if now > state.lastExchange {
            let (seconds, overflow) = now.subtractingReportingOverflow(state.lastExchange)
            let refill = overflow ? exchangeBurst : min(seconds, exchangeBurst) * exchangesPerSecond
            state.exchanges = min(exchangeBurst, state.exchanges + refill)
            state.lastExchange = now
        }
        guard state.exchanges > 0 else { return false }
        state.exchanges -= 1
        return true
    }
}
