/// What a slot carries.
public struct SlotInfo: Codable, Equatable, Sendable {
    public var mid: String
    public var use: SlotUse
    public var seat: Int
    public var state: SlotState
    public var track: String?
    public var participant: String?
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
