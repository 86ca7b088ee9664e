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
            noteUndecodable(fill.track, in: slot, of: id, &effects)
            isAny = true
        }
        return isAny
    }

    /// Notes that the viewer cannot decode the track. Where there is no second codec for it, the publisher is told.
    mutating func noteUndecodable(
        _ track: TrackID, in slot: Int, of id: ParticipantID, _ effects: inout RoomEffects
    ) {
        let hasSecond = secondTrack(of: track).map { mayDecode($0, in: slot, of: id) } ?? false
        roster[id]?.seating.noteDecodable(false, slot: slot, track: track, hasSecond: hasSecond)
        if !hasSecond { tellPublisher(of: track, &effects) }
    }

    /// The track that can stand in for this one; `nil` where there is none, and for one that is second itself.
    private func secondTrack(of track: TrackID) -> TrackID? {
        guard let (id, index, isSecond) = publication(of: track), !isSecond else { return nil }
        return roster[id]?.publications[index].second?.track
    }

    /// Tells the publisher that a viewer cannot decode the track: once, for many may not.
    mutating func tellPublisher(of track: TrackID, _ effects: inout RoomEffects) {
        guard let (id, index, _) = publication(of: track), let publication = roster[id]?.publications[index],
            !publication.isToldUndecodable
        else { return }
        roster[id]?.publications[index].isToldUndecodable = true
        effects.deliver(.undecodable(publication.source), to: id)
    }

    /// Whether one of the formats that the publisher may send fits one of the slot's. Sound always may: RED is unwrapped,
    /// and Opus has one format.
    private func mayDecode(_ track: TrackID, in slot: Int, of id: ParticipantID) -> Bool {
        guard let sends = roster[id]?.webRTC?.sends, sends.indices.contains(slot), sends[slot].kind == .video,
            let (publisher, index, isSecond) = publication(of: track),
            let publication = roster[publisher]?.publications[index]
        else { return true }
        let accepted = sends[slot].payloads
        let sent = (isSecond ? publication.second?.receive : publication.receive)?.payloads ?? []
        return sent.contains { sent in accepted.contains { $0.format.accepts(sent.format) } }
    }
}
