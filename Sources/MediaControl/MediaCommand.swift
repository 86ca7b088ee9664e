import ICE
import Primitives
import RTP

/// What the control plane tells a worker. Commands to one worker are carried out in the order they were sent.
package enum MediaCommand: Sendable {
    /// A peer joins: its STUN checks are answered from now on.
    case openTransport(TransportParameters)
    /// A further offer was answered: new ICE credentials (ICE restart), or more sections. Sections already there are
    /// found again by their mid, and keep their track, SSRC and slot index.
    case updateTransport(TransportParameters)
    /// A peer leaves: a DTLS close_notify is sent, its tracks end.
    case closeTransport(TransportID)
    /// Promotion and demotion: opens or closes the gate of a published track.
    case setGate(TrackID, isOpen: Bool)
    /// Fills the slot with a track of the same worker, or empties it.
    case fillSlot(TransportID, slot: Int, with: SlotFill?)
    /// How large the viewer shows a slot. Kept across `fillSlot`; a slot begins with the largest, priority 0.
    case setDemand(TransportID, slot: Int, SlotDemand)
    /// Asks what the worker knows of these transports; those that it does not have are left out of the answer.
    case takeSnapshots([TransportID], SnapshotReply)
}

/// What a slot shall carry.
package struct SlotFill: Hashable, Sendable {
    package var track: TrackID
    /// The number that names the true source in each packet's CSRC list; `slots` messages carry the same number.
    package var csrc: UInt32
    /// Whether sound begins with the first word of a speech that began a moment ago: for slots that carry whoever speaks.
    package var startsAtOnset: Bool

    package init(track: TrackID, csrc: UInt32, startsAtOnset: Bool = false) {
        self.track = track
        self.csrc = csrc
        self.startsAtOnset = startsAtOnset
    }
}
