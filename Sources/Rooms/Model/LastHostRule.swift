/// What happens to a room whose last host has left.
package enum LastHostRule: String, Hashable, Sendable, CaseIterable {
    /// The room goes on and waits for a host.
    case wait
    /// The room ends after `RoomSettings.lastHostGrace`, unless a host comes before.
    case end
    /// The moderator who has been in the room longest becomes host, else the costreamer; where there is neither, the room
    /// waits. A host who may come back is waited for.
    case promote
}
