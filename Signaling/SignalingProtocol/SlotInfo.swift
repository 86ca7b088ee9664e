/// What a slot carries.
public struct SlotInfo: Codable, Equatable, Sendable {
    /// The section's media identification.
    public var mid: String
    /// What it is for.
    public var use: SlotUse
    /// Counts within its use, from 0.
    public var seat: Int
    /// Where it stands towards the stage.
    public var state: SlotState
    /// The track's identifier.
    public var track: String?
    /// The participant's identifier.
    public var participant: String?
    /// What it shows or carries.
    public var source: MediaSource?
    /// What the CSRC list of the slot's packets holds.
    public var csrc: UInt32?

    /// A slot that carries nothing.
    public init(emptyMid mid: String, use: SlotUse, seat: Int) {
        self.mid = mid
        self.use = use
        self.seat = seat
        state = .empty
    }

    /// A slot that carries a track.
    public init(mid: String, use: SlotUse, seat: Int, state: SlotState, participant: String, track: TrackInfo) {
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
