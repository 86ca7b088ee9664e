/// A named template of permissions.
package enum Role: String, Hashable, Sendable, CaseIterable {
    /// Runs the room: on stage from the join on, moderates, locks and ends the room.
    case host
    /// Moderates from the audience.
    case moderator
    /// On stage from the join on, without any say over others.
    case costreamer
    /// Watches, and may ask to come on stage.
    case viewer

    /// What participants of this role may do unless their token says otherwise.
    package var permissions: Permissions {
        switch self {
        case .host:
            Permissions(startsOnStage: true, canModerate: true, canManageRoom: true)
        case .moderator:
            Permissions(startsOnStage: false, canModerate: true, canManageRoom: false)
        case .costreamer:
            Permissions(startsOnStage: true, canModerate: false, canManageRoom: false)
        case .viewer:
            Permissions(startsOnStage: false, canModerate: false, canManageRoom: false)
        }
    }
}
