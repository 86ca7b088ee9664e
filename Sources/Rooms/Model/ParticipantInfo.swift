/// Who a participant is, as others may know it.
package struct ParticipantInfo: Hashable, Sendable {
    package var id: ParticipantID
    /// Who the token says the participant is; one participant per identity in a room.
    package var identity: String
    /// The name that others are shown.
    package var name: String
    package var role: Role
    package var permissions: Permissions
    /// What the token or the client attached, for the application.
    package var attributes: [String: String]
    package var standing: StageStanding

    package init(
        id: ParticipantID, identity: String, name: String, role: Role, permissions: Permissions,
        attributes: [String: String], standing: StageStanding
    ) {
        self.id = id
        self.identity = identity
        self.name = name
        self.role = role
        self.permissions = permissions
        self.attributes = attributes
        self.standing = standing
    }
}
