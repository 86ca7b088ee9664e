/// What may change about a room as a whole.
package struct RoomStatus: Hashable, Sendable {
    package var isLocked: Bool
    /// Participants who manage the room and are present.
    package var hosts: Int
    /// When the room ends because no host is there; `nil`: it does not.
    package var endsIn: Duration?

    package init(isLocked: Bool, hosts: Int, endsIn: Duration? = nil) {
        self.isLocked = isLocked
        self.hosts = hosts
        self.endsIn = endsIn
    }
}
