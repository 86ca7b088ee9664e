import MediaControl
import Primitives
import RTP

// Who cannot decode what: known at once where no format of the publisher fits the viewer, and else from the worker once
// the publisher has chosen one.
extension RoomState {
    /// Notes which of these fills the viewer cannot decode, whatever the publisher chooses, and tells the publishers.
    ///
    /// - Returns: whether there is any, so that the slots' states have to be told anew.
    mutating func noteUndecodable(_ fills: [Int: SlotFill?], of id: ParticipantID, _ effects: inout RoomEffects) -> Bool
    {
        var isAny = false
        for (slot, fill) in fills {
            guard let fill, !mayDecode(fill.track, in: slot, of: id) else { continue }
            roster[id]?.seating.noteDecodable(false, slot: slot, track: fill.track)
            tellPublisher(of: fill.track, &effects)
            isAny = true
        }
        return isAny
    }

    /// Tells the publisher that a viewer cannot decode the track: once, for many may not.
    mutating func tellPublisher(of track: TrackID, _ effects: inout RoomEffects) {
        guard let id = roster.id(track: track),
            let index = roster[id]?.publications.firstIndex(where: { $0.track == track }),
            let publication = roster[id]?.publications[index], !publication.isToldUndecodable
        else { return }
        roster[id]?.publications[index].isToldUndecodable = true
        effects.deliver(.undecodable(publication.source), to: id)
    }

    /// Whether one of the formats that the publisher may send fits one of the slot's. Sound always may: RED is unwrapped,
    /// and Opus has one format.
    private func mayDecode(_ track: TrackID, in slot: Int, of id: ParticipantID) -> Bool {
        guard let sends = roster[id]?.webRTC?.sends, sends.indices.contains(slot), sends[slot].kind == .video,
            let publisher = roster.id(track: track),
            let publication = roster[publisher]?.publications.first(where: { $0.track == track })
        else { return true }
        let accepted = sends[slot].payloads
        return publication.receive.payloads.contains { sent in accepted.contains { $0.format.accepts(sent.format) } }
    }
}
