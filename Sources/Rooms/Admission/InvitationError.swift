/// Why an invitation is not taken.
package struct InvitationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of refusal, for fronts to map to their own codes.
    package enum Code: String, Sendable, CaseIterable {
        /// A moderator ended it.
        case invitationRevoked
        /// It let in as many people as it may.
        case invitationUsedUp
        /// The room has no invitation with this id.
        case noSuchInvitation
        /// The room, or the server, has as many invitations as it takes.
        case tooManyInvitations
        /// More invitations are exchanged than the server does in this time.
        case tooManyRequests
        /// The holder's earlier token names one who was removed.
        case removed
    }

    package var code: Code
    /// For people.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
