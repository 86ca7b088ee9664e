import Client
import Primitives
import RTP

/// A promoted participant on its way to the viewers' screens.
struct PromotionWatch {
    let approvedAt: MonotonicInstant
    /// Participants that have shown a picture of it.
    var seenBy: Set<Int> = []
}

// Figures of the loop.
extension LoadLoop {
    /// Notes how long wished-for encodings took to come.
    func noteLayerTimes(_ peer: LoadPeer) {
        for time in peer.layerTimes { totals.layerTimes.note(time) }
        peer.layerTimes.removeAll(keepingCapacity: true)
    }

    /// Notes the first picture of each promoted participant at each viewer.
    func notePromotions(_ peer: LoadPeer) {
        for shown in peer.shown {
            guard promotions[shown.source]?.seenBy.insert(peer.plan.id).inserted == true,
                let watch = promotions[shown.source]
            else { continue }
            // A viewer that joined later has waited for its own connection, not for the promoted participant.
            guard let connected = peer.connectedAt, connected < watch.approvedAt else { continue }
            totals.promotionPacketTimes.note(shown.first - watch.approvedAt)
            totals.promotionPictureTimes.note(shown.complete - watch.approvedAt)
        }
        peer.shown.removeAll(keepingCapacity: true)
    }

    private static func addFigures(of peer: LoadPeer, to snapshot: inout LoadSnapshot) {
        let (video, audio) = (peer.figures(of: .video), peer.figures(of: .audio))
        snapshot.video.add(video)
        snapshot.audio.add(audio)
        guard let place = peer.plan.link, let link = peer.link else { return }
        snapshot.links[place].add(link.figures, video, audio)
    }

    /// Adds a peer's figures to the totals, before it goes or counting ends.
    func keepFigures(of peer: LoadPeer) {
        guard peer.plan.isMeasured, isCounting else { return }
        Self.addFigures(of: peer, to: &totals)
        for index in peer.meters.indices {
            peer.meters[index].isCounting = false
            peer.meters[index].figures = StreamFigures()
        }
    }

    /// Adds the figures of a peer that count however long it was connected, before it is removed.
    func keepLife(of peer: LoadPeer) { Self.addLife(of: peer, to: &totals) }

    private static func addLife(of peer: LoadPeer, to snapshot: inout LoadSnapshot) {
        for encoding in peer.peer.encodings.joined() {
            snapshot.packetsSent += Int64(encoding.packetsSent)
            snapshot.packetsRetransmitted += Int64(encoding.packetsRetransmitted)
        }
        guard peer.plan.isMeasured else { return }
        if let first = peer.firstPacketAt { snapshot.firstPacketTimes.note(first - peer.plan.began) }
        if let first = peer.firstPictureAt { snapshot.firstPictureTimes.note(first - peer.plan.began) }
    }

    /// Counts streams that have stopped by themselves.
    func finishMeters(now: MonotonicInstant) {
        var alive = Set<UInt32>()
        for peer in peers.values {
            if let publisher = peer.publisher as? ClipPublisher { alive.formUnion(publisher.sources) }
        }
        for peer in peers.values {
            for index in peer.meters.indices {
                peer.meters[index].finish(now: now) { alive.contains($0) }
            }
        }
    }

    /// The figures so far.
    func snapshot(now: MonotonicInstant) -> LoadSnapshot {
        var snapshot = totals
        snapshot.at = now
        for peer in peers.values {
            Self.addLife(of: peer, to: &snapshot)
            if peer.plan.isMeasured, isCounting {
                Self.addFigures(of: peer, to: &snapshot)
            }
        }
        return snapshot
    }
}
