import RTP

/// What every participant of a room is told about it.
package struct RoomInfo: Hashable, Sendable {
    package var name: String
    package var status: RoomStatus
    /// Whether payloads are encrypted end to end.
    package var isEncrypted: Bool
    /// Audio codecs in the room's order of preference.
    package var audioCodecs: [Codec]
    /// Video codecs in the room's order of preference.
    package var videoCodecs: [Codec]
    /// How many participants the stage takes.
    package var stageCapacity: Int
    /// How many slots one participant may offer.
    package var maximumSlots: Int

    package init(
        name: String, status: RoomStatus, isEncrypted: Bool, audioCodecs: [Codec], videoCodecs: [Codec],
        stageCapacity: Int,
        maximumSlots: Int
    ) {
        self.name = name
        self.status = status
        self.isEncrypted = isEncrypted
        self.audioCodecs = audioCodecs
        self.videoCodecs = videoCodecs
        self.stageCapacity = stageCapacity
        self.maximumSlots = maximumSlots
    }
}
