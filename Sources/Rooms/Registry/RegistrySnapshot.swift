import MediaControl
import Primitives

/// The figures of one room.
package struct RoomSnapshot: Sendable {
    package var info: RoomInfo
    package var worker: WorkerID
    /// On stage and in the audience.
    package var participants: Int
    package var onStage: Int
    /// Hands raised.
    package var requests: Int
    package var stageVersion: UInt64
    /// From approvals to the newcomers' first packets.
    package var promotions: DurationHistogram
}

/// The figures of all rooms and workers, for metrics and the server's interface.
package struct RegistrySnapshot: Sendable {
    /// By name.
    package var rooms: [RoomSnapshot]
    /// What each worker reported last, in the order of the workers; only those that have reported.
    package var workers: [WorkerStatistics]
    /// From approvals to the newcomers' first packets, in all rooms since the start, those that ended too.
    package var promotions: DurationHistogram
    package var isDraining: Bool

    /// Participants in all rooms.
    package var participants: Int { rooms.reduce(0) { $0 + $1.participants } }
    /// Participants on stage in all rooms.
    package var onStage: Int { rooms.reduce(0) { $0 + $1.onStage } }
}
