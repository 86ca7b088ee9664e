import MediaControl
import Primitives
import RTP

/// A section in which a publisher can send a source again in another codec, for viewers that cannot decode the first. Nothing
/// comes in it until the publisher is asked. To everybody in the room it is the same source: same track, CSRC, mute and stage.
struct SecondCodec: Sendable {
    /// What has come of it since the publisher was asked, or since the gate was opened.
    enum Progress: Hashable, Sendable {
        /// Nothing yet. -> started, missing
        case awaited
        /// A packet. -> awaited, when the gate closes or nobody needs it any more
        case started
        /// Nothing within `RoomsConfiguration.secondCodecPatience`: viewers are told that they cannot decode the source. -> started,
        /// awaited
        case missing
    }

    let track: TrackID
    var receive: ReceiveParameters
    /// Whether the publisher was asked to send.
    var isWanted = false
    var progress = Progress.awaited
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

    /// Sets the time at which second codecs end that lost their last viewer since this was called last, and until when the first
    /// packet of those is awaited that the publisher was asked for.
    mutating func scheduleSeconds(now: MonotonicInstant) {
        for track in idleSeconds { secondDeadlines[track] = now + configuration.secondCodecGrace }
        idleSeconds = []
        for track in wantedSeconds {
            guard let isAwaited = isSecondAwaited(track) else {
                wantedSeconds.remove(track)
                awaitedSeconds[track] = nil
                continue
            }
            guard isAwaited else {
                awaitedSeconds[track] = nil
                continue
            }
            if awaitedSeconds[track] == nil { awaitedSeconds[track] = now + configuration.secondCodecPatience }
        }
    }

    /// Whether packets of a second codec should come and none has; `nil` where nobody wants it, or its publisher is gone. One who is
    /// off stage, or muted, need not send.
    private func isSecondAwaited(_ track: TrackID) -> Bool? {
        guard let (id, index, _) = publication(of: track), let publication = roster[id]?.publications[index],
            let second = publication.second, second.isWanted
        else { return nil }
        return second.isOpen && !publication.isMuted && !second.viewers.isEmpty && second.progress == .awaited
    }

    /// Tells the viewers of second codecs that have not come in time that they see nothing, and the publishers that somebody does
    /// not; `nil` where there are none.
    mutating func giveUpSeconds(at now: MonotonicInstant) -> RoomEffects? {
        let due = awaitedSeconds.filter { $0.value <= now }.map(\.key).sorted { $0.rawValue < $1.rawValue }
        guard !due.isEmpty else { return nil }
        var effects = RoomEffects()
        for track in due {
            awaitedSeconds[track] = nil
            guard isSecondAwaited(track) == true else { continue }
            advanceSecond(track, to: .missing, &effects)
            tellPublisher(of: track, &effects)
        }
        return effects
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
        advanceSecond(track, to: .started, &effects)
    }

    private mutating func advanceSecond(
        _ track: TrackID, to progress: SecondCodec.Progress, _ effects: inout RoomEffects
    ) {
        var viewers: Set<ParticipantID> = []
        changeSecond(of: track) {
            $0.progress = $0.isWanted ? progress : .awaited
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
            $0.progress = .awaited
        }
        if isWanted { wantedSeconds.insert(track) }
        if let gates = roster[id]?.moveGates(onStage: stage.standing(of: id) == .onStage) { effects.gates += gates }
        effects.deliver(.secondCodec(source, isWanted: isWanted), to: id)
    }
}
