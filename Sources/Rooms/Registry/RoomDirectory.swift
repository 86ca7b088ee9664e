/// The rooms as a front sees them, wherever they live. `RoomRegistry` holds those of this process.
package protocol RoomDirectory: Sendable {
    /// Who stays out, and which invitations are good.
    var admissions: Admissions { get }

    /// Lets a participant into a room; makes the room where the request or the configuration allows it.
    func join(_ request: JoinRequest) async throws(JoinError) -> Joined

    /// Joins as `join` does; where the room does not exist and the request may not make it, once it does.
    /// - Parameter onWaiting: called before the wait begins.
    /// - Throws: `JoinError`, or `CancellationError` where the task is cancelled.
    func joinWhenOpen(_ request: JoinRequest, onWaiting: @Sendable () async -> Void) async throws -> Joined

    /// Makes a room with settings of its own, which waits for participants as an empty one does.
    /// - Returns: `false` where there is a room of this name already.
    /// - Throws: `badRequest` where the name or the settings cannot be, with all that is wrong.
    func makeRoom(_ name: String, settings: RoomSettings) async throws(JoinError) -> Bool

    /// Ends a room; `false` where there is none of this name.
    func close(room name: String) async -> Bool

    /// A page of a room's participants in the order in which they came; `nil` where there is no such room.
    func participants(of room: String, from offset: Int, limit: Int) async -> [ParticipantInfo]?

    /// State of a room's participants in the room and in its worker, from `offset` on, or of the one participant with
    /// this id or identity.
    /// `nil` where there is no such room.
    func report(of room: String, participant: String?, from offset: Int) async -> RoomReport?

    /// The figures of all rooms and workers.
    func snapshot() async -> RegistrySnapshot

    /// Notes in the journal that a front refused somebody by itself.
    func noteRefusal(room: String, identity: String, role: String, code: String, message: String)
}
