/// The state of a slot.
public struct SlotMessage: Codable, Equatable, Sendable {
    /// The section's media identification.
    public var mid: String
    /// The use of the slot.
    public var use: SlotUseName
    /// The number within its use, from 0.
    public var seat: Int
    /// Whether the slot shows its track.
    public var state: SlotStateName
    /// Why the slot is paused.
    public var reason: PauseReasonName?
    /// The track's identifier.
    public var track: String?
    /// The participant's identifier.
    public var participant: String?
    /// The source of the track.
    public var source: MediaSource?
    /// The CSRC of the slot's packets.
    public var csrc: UInt32?
    /// With `cannotDecode`: whether a second codec is on its way; `nil` is false.
    public var second: Bool?

    /// A slot that carries nothing.
    public init(emptyMid mid: String, use: SlotUseName, seat: Int) {
        self.mid = mid
        self.use = use
        self.seat = seat
        state = .empty
    }

    /// A slot that carries a track.
    public init(
        mid: String, use: SlotUseName, seat: Int, state: SlotStateName, participant: String, track: TrackMessage
    ) {
        self.mid = mid
        self.use = use
        self.seat = seat
        self.state = state
        self.track = track.track
        self.participant = participant
        source = track.source
        csrc = track.csrc
    }
}
