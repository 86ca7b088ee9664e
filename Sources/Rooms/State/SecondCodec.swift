import MediaControl
import Primitives
import RTP

/// A section in which a publisher can send a source again in another codec, for viewers that cannot decode the first. Nothing
/// comes in it until the publisher is asked. To everybody in the room it is the same source: same track, CSRC, mute and stage.
struct SecondCodec: Sendable {
    let track: TrackID
    var receive: ReceiveParameters
    /// Whether the publisher was asked to send.
    var isWanted = false
    /// Whether packets have come since it was asked.
    var hasStarted = false
    /// The gate as the worker knows it.
    var isOpen = false
    /// Those with a slot that is filled with it.
    var viewers: Set<ParticipantID> = []
}

// When a second codec is sent: from the first viewer that needs it until some time after the last.
extension RoomState {
    /// Where a track belongs to: the publisher, the index of its publication, and whether it is the second codec.
    func publication(of track: TrackID) -> (id: ParticipantID, index: Int, isSecond: Bool)? {
        guard let id = roster.id(track: track), let publications = roster[id]?.publications else { return nil }
        for (index, publication) in publications.enumerated() {
            if publication.track == track { return (id, index, false) }
            if publication.second?.track == track { return (id, index, true) }
        }
        return nil
    }

    /// Changes the second codec of the publication with this track, or with this second track.
    mutating func changeSecond(of track: TrackID, _ change: (inout SecondCodec) -> Void) {
        guard let (id, index, _) = publication(of: track), var second = roster[id]?.publications[index].second else {
            return
        }
        change(&second)
        roster[id]?.publications[index].second = second
    }

    /// Notes which second codecs fill a viewer's slots now; the first viewer of one has it sent.
    mutating func noteSeconds(_ change: Seating.Change, of viewer: ParticipantID, _ effects: inout RoomEffects) {
        for track in change.secondsRemoved { noteSecondLeft(track, by: viewer) }
        for track in change.secondsAdded {
            changeSecond(of: track) { $0.viewers.insert(viewer) }
            idleSeconds.remove(track)
            secondDeadlines[track] = nil
            want(true, second: track, &effects)
        }
    }

    /// Notes that a viewer shows the second codec no more.
    mutating func noteSecondLeft(_ track: TrackID, by viewer: ParticipantID) {
        var isIdle = false
        changeSecond(of: track) {
            $0.viewers.remove(viewer)
            isIdle = $0.viewers.isEmpty
        }
        if isIdle { idleSeconds.insert(track) }
    }

    /// Sets the time at which second codecs end that lost their last viewer since this was called last.
    mutating func scheduleSeconds(now: MonotonicInstant) {
        for track in idleSeconds { secondDeadlines[track] = now + configuration.secondCodecGrace }
        idleSeconds = []
    }

    /// Ends the second codecs that nobody has needed for long enough; `nil` where there are none.
    mutating func endIdleSeconds(at now: MonotonicInstant) -> RoomEffects? {
        let due = secondDeadlines.filter { $0.value <= now }.map(\.key).sorted { $0.rawValue < $1.rawValue }
        guard !due.isEmpty else { return nil }
        var effects = RoomEffects()
        for track in due {
            secondDeadlines[track] = nil
            want(false, second: track, &effects)
        }
        return effects
    }

    /// Notes that the first packet of a second codec has come: from now on its viewers see the source.
    mutating func noteSecondStarted(_ track: TrackID, _ effects: inout RoomEffects) {
        var viewers: Set<ParticipantID> = []
        changeSecond(of: track) {
            $0.hasStarted = $0.isWanted
            viewers = $0.viewers
        }
        for id in viewers.sorted() { reseat(id, &effects) }
    }

    private mutating func want(_ isWanted: Bool, second track: TrackID, _ effects: inout RoomEffects) {
        guard let (id, index, _) = publication(of: track),
            roster[id]?.publications[index].second?.isWanted == !isWanted,
            let source = roster[id]?.publications[index].source
        else { return }
        changeSecond(of: track) {
            $0.isWanted = isWanted
            $0.hasStarted = false
        }
        if let gates = roster[id]?.moveGates(onStage: stage.standing(of: id) == .onStage) { effects.gates += gates }
        effects.deliver(.secondCodec(source, isWanted: isWanted), to: id)
    }
}
