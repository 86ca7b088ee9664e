import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

// What an operator asks for when a picture stands still. Built on request, off the packet path.
extension MediaWorker {
    func snapshot(of peer: Peer, now: MonotonicInstant) -> TransportSnapshot {
        var snapshot = TransportSnapshot(id: peer.transport.id)
        snapshot.isEstablished = peer.transport.isEstablished
        snapshot.path = peer.transport.selectedPath
        snapshot.lastHeardAge = peer.lastHeard == .zero ? nil : now - peer.lastHeard
        snapshot.roundTrip = peer.roundTrip.isMeasured ? peer.roundTrip.value : nil
        if let history = peer.transport.history {
            snapshot.packetsAcknowledged = history.packetsAcknowledged
            snapshot.packetsReportedLost = history.packetsReportedLost
            snapshot.acknowledgedRate = history.acknowledgedRate(at: now)
        }
        if let bandwidth = peer.bandwidth {
            let target = bandwidth.estimator.target(now: now)
            snapshot.estimate = target.estimate
            snapshot.limitedBy = target.limit
            snapshot.wanted = bandwidth.wanted
            snapshot.residualDelay = target.residualTime
        }
        var drops = peer.drops
        let record = unsafe egress.peers[peer.index]
        unsafe drops.count(.senderClosed, by: UInt64(record.pointee.droppedClosed))
        unsafe drops.count(.sendFailed, by: UInt64(record.pointee.droppedFailed))
        snapshot.drops = drops.byName
        snapshot.tracks = peer.tracks.map { self.snapshot(of: $0, now: now) }
        snapshot.slots = peer.slots.indices.map { self.snapshot(ofSlot: $0, of: peer, now: now) }
        return snapshot
    }

    private func snapshot(of track: PublishedTrack, now: MonotonicInstant) -> TrackSnapshot {
        var snapshot = TrackSnapshot(id: track.id, mid: track.receive.mid, kind: track.kind, isOpen: track.isOpen)
        snapshot.hasStarted = track.hasStarted
        snapshot.isOpaque = track.isOpaque
        snapshot.subscriptions = track.subscribers.count
        snapshot.packetsHeld = track.encodings.reduce(0) { unsafe $0 + $1.pending.count }
        snapshot.encodings = track.encodings.enumerated().map { index, encoding in
            var snapshot = EncodingSnapshot(rid: encoding.rid, ssrc: encoding.ssrc, rtxSSRC: encoding.rtxSSRC)
            snapshot.size = encoding.pictureSize
            snapshot.rate = encoding.rate.value
            snapshot.lastPacketAge = encoding.lastPacketAt.map { now - $0 }
            snapshot.lastKeyframeAge = encoding.cache.lastKeyframe.map { now - $0 }
            snapshot.packetsReceived = encoding.statistics.packetsReceived
            snapshot.packetsLost = encoding.statistics.packetsLost
            snapshot.packetsMissing = encoding.missing.count
            snapshot.keyframeWantedFor = encoding.keyframes.wantedSince.map { now - $0 }
            snapshot.keyframeRequestsUnanswered = encoding.keyframes.unanswered
            snapshot.subscriptions = encoding.subscribers.count
            snapshot.isWanted = track.interest.isWanted(index)
            return snapshot
        }
        return snapshot
    }

    private func snapshot(ofSlot slot: Int, of peer: Peer, now: MonotonicInstant) -> SlotSnapshot {
        let parameters = peer.transport.parameters.slots[slot]
        var snapshot = SlotSnapshot(slot: slot, mid: parameters.mid, kind: parameters.kind, ssrc: parameters.ssrc)
        let index = peer.slots[slot].subscription
        let record = unsafe router.subscriptions[index]
        snapshot.packetsSent = unsafe record.pointee.packetsSent
        snapshot.octetsSent = unsafe record.pointee.octetsSent
        snapshot.packetsRetransmitted = peer.slots[slot].packetsRetransmitted
        snapshot.lastPacketAge = unsafe record.pointee.rewriter.last.map { now - $0.at }
        if let demand = router.demand(of: index) {
            snapshot.demand = SlotDemand(width: demand.width, height: demand.height, priority: demand.priority)
        }
        guard let track = router.track(of: index) else { return snapshot }
        snapshot.track = track.id
        let current = unsafe record.pointee.currentEncoding
        snapshot.currentEncoding = current.flatMap { track.index(of: $0)?.rawValue }
        snapshot.targetEncoding = unsafe record.pointee.target.flatMap { track.index(of: $0)?.rawValue }
        snapshot.maximumEncoding = router.maximum(of: index)?.rawValue
        snapshot.currentLayers = current == nil ? nil : layers(unsafe record.pointee.lane)
        snapshot.targetLayers = layers(unsafe record.pointee.targetLane)
        snapshot.waitingFor = unsafe record.pointee.waitingSince.map { now - $0 }
        if unsafe !record.pointee.canDecode {
            snapshot.activity = .cannotDecode
        } else if current == nil {
            snapshot.activity = .waiting
        } else if let head = current.flatMap({ router.encodings[$0]?.head }), unsafe record.pointee.isBehind(head) {
            snapshot.activity = .catchingUp
            snapshot.packetsBehind = unsafe Int(head &- record.pointee.next)
        } else {
            snapshot.activity = .live
        }
        return snapshot
    }

    private func layers(_ target: DecodeTarget) -> SlotSnapshot.Layers? {
        target.isEverything ? nil : .init(spatial: target.spatial, temporal: target.temporal)
    }
}
