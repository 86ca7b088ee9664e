import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP

// What publishers are told of their viewers' room: nobody need send more than the viewer with the most room can be sent.
extension MediaWorker {
    /// A viewer of whom nothing was measured for so long keeps publishers unlimited; before that it counts for nothing, so that each
    /// newcomer does not lift the limit for a moment.
    static let measuringTime = Duration.seconds(5)
    /// What is kept for the sound of a publisher that follows a REMB.
    private static let audioRate = Bitrate.kilobits(64)

    /// Tells a publisher which of a track's encodings anybody wants, and how much of them.
    func tellDemand(of track: PublishedTrack) {
        let top = largest(of: track)?.rawValue
        let demands = track.encodings.enumerated().map { index, encoding in
            EncodingDemand(
                rid: encoding.rid ?? "", isWanted: track.interest.isWanted(index),
                maxBitrate: index == top ? track.limit.value : nil)
        }
        events.append(.encodingsWanted(track.id, demands))
    }

    /// Follows the room that viewers have for the largest encoding of each video of the peer's; called about once a second.
    func limitEncodings(of peer: Peer, now: MonotonicInstant) {
        guard estimation != nil else { return }
        for track in peer.tracks where !track.isAudio && track.isOpen && track.hasStarted {
            guard track.hasNamedEncodings || peer.uplink != nil, let top = largest(of: track) else { continue }
            let rungs = track.ladder.rungs
            let below = rungs.last { $0.encoding != top && $0.isFlowing }
            let hasChanged = track.limit.update(
                top, room: room(for: track, top), rate: track[top].rate.value,
                below: below.flatMap { track[$0.encoding].rate.value },
                now: now)
            if hasChanged, track.hasNamedEncodings { tellDemand(of: track) }
        }
    }

    /// What a publisher that follows a REMB need send at most; `nil` for no limit.
    func usableRate(of peer: Peer) -> Bitrate? {
        var sum = Self.audioRate.bitsPerSecond
        for track in peer.tracks where !track.isAudio && track.isOpen && track.hasStarted {
            guard let limit = track.limit.value, let top = largest(of: track) else { return nil }
            sum += limit.bitsPerSecond
            for index in track.encodings.indices where index != top.rawValue {
                sum += track.encodings[index].rate.value?.bitsPerSecond ?? 0
            }
        }
        return sum > Self.audioRate.bitsPerSecond ? Bitrate(bitsPerSecond: sum) : nil
    }

    /// The largest encoding that is sent.
    private func largest(of track: PublishedTrack) -> EncodingIndex? {
        track.ladder.rungs.last { $0.isFlowing && track.interest.isWanted($0.encoding.rawValue) }?.encoding
    }

    /// What the viewer with the most room can be sent of a track's largest encoding, payload only, beside all that its other slots get;
    /// `nil` where nobody wants the encoding, or somebody of whom nothing is known, or whose path carries all.
    private func room(for track: PublishedTrack, _ top: EncodingIndex) -> Bitrate? {
        var most: Int64?
        for subscriber in track.subscribers {
            guard case .peer(let index, let slot) = subscriber.sink, let peer = peers[index] else { continue }
            guard let maximum = router.maximum(of: subscriber.subscription) else { return nil }
            guard maximum == top else { continue }
            guard let bandwidth = peer.bandwidth else { return nil }
            let now = egress.now
            let target = bandwidth.estimator.currentTarget(now: now)
            switch target.limit {
            case .demand: return nil
            case .start:
                guard now - bandwidth.begunAt < Self.measuringTime else { return nil }
                continue
            case .delay, .loss, .remb, .reports, .silence, .trust: break
            }
            let others = bandwidth.given.bitsPerSecond - peer.slots[slot.rawValue].allocation.given
            // As much as the allocator would raise the slot to.
            let carried = Double(target.estimate.bitsPerSecond) / BandwidthAllocator.raising - Double(others)
            most = max(most ?? 0, Int64(carried / Self.headerFactor))
        }
        return most.map { Bitrate(bitsPerSecond: $0) }
    }
}
