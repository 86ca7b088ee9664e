/// The access token that a participant came in with, as far as rooms must know it.
package struct Credential: Hashable, Sendable {
    /// Whom the token names; players by WHEP have identities of their own beside it.
    package var subject: String
    /// Seconds since 1970 until which the token opens the room.
    package var expiresAt: Int
    /// The invitation that the token came of.
    package var invitation: String?

    package init(subject: String, expiresAt: Int, invitation: String? = nil) {
        self.subject = subject
        self.expiresAt = expiresAt
        self.invitation = invitation
    }
}
