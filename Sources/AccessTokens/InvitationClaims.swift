/// The claims of an invitation: a token that its holders exchange for access tokens.
package struct InvitationClaims: Hashable, Sendable {
    /// The longest id of an invitation in octets.
    package static let maximumIDSize = 64

    /// `jti`: names the invitation, for counting and revoking it.
    package var id: String
    package var room: String
    /// The role that the invitation grants.
    package var role: String
    /// Whether the room's payloads are encrypted end to end; `nil` follows the room.
    package var encrypted: Bool?
    /// The largest number of identities; `nil` means any number.
    package var uses: Int?
    /// `exp`: expiry in seconds since 1970.
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
