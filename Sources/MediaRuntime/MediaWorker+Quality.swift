import CongestionControl
import Forwarding
import MediaControl
import Primitives
import Transport

// What viewers and operators are told of the paths to viewers.
extension MediaWorker {
    /// Emits `.quality` where a viewer's path, or what its slots get of it, has changed noticeably.
    func tellQuality(of peer: Peer, _ target: PathTarget, now: MonotonicInstant) {
        guard peer.quality.isDue(at: now) else { return }
        let quality = PathQuality(estimate: target.estimate, limit: target.limit, slots: slotQualities(of: peer))
        guard peer.quality.takes(quality, now: now) else { return }
        events.append(.quality(peer.transport.id, quality))
    }

    private func slotQualities(of peer: Peer) -> [SlotQuality] {
        peer.slots.indices.compactMap { index in
            let slot = peer.slots[index]
            // Of a track that was not allocated anything yet there is nothing to say.
            guard slot.allocation.steps > 0, let track = router.track(of: slot.subscription), !track.isAudio,
                slot.allocatedTrack == track.id
            else { return nil }
            let layer = if case .step(let step) = slot.allocation.choice { step + 1 } else { 0 }
            return SlotQuality(slot: index, layer: layer, layers: slot.allocation.steps)
        }
    }

    /// The estimated paths by what limits them, for the metrics.
    func pathFigures(now: MonotonicInstant) -> [PathLimit: PathFigures] {
        var figures: [PathLimit: PathFigures] = [:]
        for index in peers.byID.values {
            guard let target = peers[index]?.bandwidth?.estimator.currentTarget(now: now) else { continue }
            figures[target.limit, default: PathFigures()].add(
                estimate: target.estimate, queueing: target.residualTime)
        }
        return figures
    }
}

extension PathTarget {
    /// Delay that our own bursts do not explain.
    var residualTime: Duration { .nanoseconds(Int64(min(max(residualDelay, 0), 1e9) * 1e6)) }
}
