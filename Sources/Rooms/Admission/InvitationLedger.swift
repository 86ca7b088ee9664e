/// The invitations that the server knows, by room, and how often each was used.
struct InvitationLedger: Sendable {
    private struct Entry: Sendable {
        var invitation: Invitation
        /// Rises with each entry, so that lists have an order.
        var number: UInt64
    }

    /// Invitations of one room.
    static let maximumInvitationsPerRoom = 100
    /// Invitations of all rooms.
    static let maximumInvitations = 10_000

    private var rooms: [String: [String: Entry]] = [:]
    private var count = 0
    private var lastNumber: UInt64 = 0

    /// The room's invitations, the oldest first.
    mutating func invitations(of room: String, now: Int) -> [Invitation] {
        forgetExpired(of: room, now: now)
        return (rooms[room] ?? [:]).values.sorted { $0.number < $1.number }.map(\.invitation)
    }

    func invitation(_ id: String, of room: String) -> Invitation? { rooms[room]?[id]?.invitation }

    /// Notes an invitation; false where as many are known as the room, or the server, takes.
    mutating func add(_ invitation: Invitation, to room: String, now: Int) -> Bool {
        forgetExpired(of: room, now: now)
        if count >= Self.maximumInvitations {
            for room in rooms.keys { forgetExpired(of: room, now: now) }
        }
        guard rooms[room]?.count ?? 0 < Self.maximumInvitationsPerRoom, count < Self.maximumInvitations else {
            return false
        }
        lastNumber &+= 1
        if rooms[room, default: [:]].updateValue(
            Entry(invitation: invitation, number: lastNumber), forKey: invitation.id)
            == nil
        {
            count += 1
        }
        return true
    }

    /// Counts one more identity.
    mutating func countUse(of id: String, in room: String) { rooms[room]?[id]?.invitation.used += 1 }

    /// Forgets an invitation; its last state.
    mutating func remove(_ id: String, of room: String) -> Invitation? {
        guard let entry = rooms[room]?.removeValue(forKey: id) else { return nil }
        count -= 1
        if rooms[room]?.isEmpty == true { rooms[room] = nil }
        return entry.invitation
    }

    private mutating func forgetExpired(of room: String, now: Int) {
        for (id, entry) in rooms[room] ?? [:] where entry.invitation.expiresAt <= now { _ = remove(id, of: room) }
    }
}

/// An invitation as those who may moderate know it.
package struct Invitation: Hashable, Sendable {
    package var id: String
    package var role: Role
    /// Seconds since 1970.
    package var expiresAt: Int
    /// At most so many identities; `nil`: any number.
    package var uses: Int?
    /// Identities that it was exchanged for.
    package var used = 0

    package init(id: String, role: Role, expiresAt: Int, uses: Int? = nil) {
        self.id = id
        self.role = role
        self.expiresAt = expiresAt
        self.uses = uses
    }
}
