/// What one participant may do.
package struct Permissions: Hashable, Sendable {
    /// Sources whose packets are forwarded while the participant is on stage.
    package var publish: Set<TrackSource>
    /// Whether the participant may raise a hand.
    package var canRequestStage: Bool
    /// Whether the participant is on stage from the join on, and comes back without being approved.
    package var startsOnStage: Bool
    /// Whether the participant invites, approves, denies, demotes, mutes and removes others, and sees raised hands.
    package var canModerate: Bool
    /// Whether the participant locks and ends the room, and changes permissions. Others who only moderate have no say
    /// over somebody who manages the room.
    package var canManageRoom: Bool
    /// Whether the participant may write chat messages.
    package var canChat: Bool

    package init(
        publish: Set<TrackSource> = Set(TrackSource.allCases), canRequestStage: Bool = true, startsOnStage: Bool,
        canModerate: Bool, canManageRoom: Bool, canChat: Bool = true
    ) {
        self.publish = publish
        self.canRequestStage = canRequestStage
        self.startsOnStage = startsOnStage
        self.canModerate = canModerate
        self.canManageRoom = canManageRoom
        self.canChat = canChat
    }
}
