/// What an invitation says: a token that is no access token, but is exchanged for one by each of those who hold it.
package struct InvitationClaims: Hashable, Sendable {
    /// Octets of an invitation's id.
    package static let maximumIDSize = 64

    /// `jti`: names the invitation, for counting and revoking it.
    package var id: String
    package var room: String
    /// The role of those who come in by it.
    package var role: String
    /// Whether the room's payloads are encrypted end to end; `nil`: as the room is.
    package var encrypted: Bool?
    /// At most so many identities; `nil`: any number.
    package var uses: Int?
    /// `exp`: seconds since 1970 from which it is no longer exchanged.
    package var expiresAt: Int

    package init(id: String, room: String, role: String, encrypted: Bool? = nil, uses: Int? = nil, expiresAt: Int) {
        self.id = id
        self.room = room
        self.role = role
        self.encrypted = encrypted
        self.uses = uses
        self.expiresAt = expiresAt
    }

    /// A fresh id: 96 random bits in base64url.
    package static func id(using generator: inout some RandomNumberGenerator) -> String {
        Base64URL.encode((0..<12).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
