import Primitives

/// What a slot is for.
package enum SlotUse: String, Hashable, Sendable, CaseIterable {
    /// One of the slots that show one person: a video and an audio slot with the same number are one seat.
    case seat
    /// One of the slots that show a shared screen.
    case screen
    /// An audio slot that carries somebody who has no seat.
    case audio
}

/// Whether a viewer sees or hears what its slot is for.
package enum SlotStatus: String, Hashable, Sendable, CaseIterable {
    /// The slot carries nothing.
    case empty
    case playing
    /// Not sent, because the viewer does not show it.
    case paused
    /// Not sent, because the path to the viewer carries too little.
    case pausedForBandwidth
    /// The publisher, or a moderator, muted the track.
    case muted
    /// The viewer negotiated no codec that fits the track.
    case cannotDecode
    /// The same, and its publisher was asked for a second codec of which no packet has come yet.
    case awaitingSecondCodec
}

/// A slot of one viewer and what it carries.
package struct SlotInfo: Hashable, Sendable {
    package var mid: String
    package var use: SlotUse
    /// The number of the seat, the screen or the extra audio slot, each counted from 0 by the client.
    package var number: Int
    package var status: SlotStatus
    /// What the slot carries; `nil` while empty.
    package var content: SlotContent?

    package init(mid: String, use: SlotUse, number: Int, status: SlotStatus, content: SlotContent?) {
        self.mid = mid
        self.use = use
        self.number = number
        self.status = status
        self.content = content
    }
}

/// The track in a slot.
package struct SlotContent: Hashable, Sendable {
    package var track: TrackID
    package var participant: ParticipantID
    package var source: TrackSource
    /// The number in the CSRC list of the packets that carry this track.
    package var csrc: UInt32

    package init(track: TrackID, participant: ParticipantID, source: TrackSource, csrc: UInt32) {
        self.track = track
        self.participant = participant
        self.source = source
        self.csrc = csrc
    }
}
