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
        snapshot.drops = peer.drops.byName
        snapshot.tracks = peer.tracks.map { self.snapshot(of: $0, now: now) }
        snapshot.slots = peer.slots.indices.map { self.snapshot(ofSlot: $0, of: peer, now: now) }
        return snapshot
    }

    private func snapshot(of track: PublishedTrack, now: MonotonicInstant) -> TrackSnapshot {
        var snapshot = TrackSnapshot(id: track.id, mid: track.receive.mid, kind: track.kind, isOpen: track.isOpen)
        snapshot.hasStarted = track.hasStarted
        snapshot.isOpaque = track.isOpaque
        snapshot.subscriptions = track.subscribers.count
        snapshot.packetsHeld = unsafe track.pending.count
        snapshot.encodings = track.encodings.map { encoding in
            var snapshot = EncodingSnapshot(rid: encoding.rid, ssrc: encoding.ssrc, rtxSSRC: encoding.rtxSSRC)
            snapshot.size = encoding.pictureSize
            snapshot.rate = encoding.rate.value
            snapshot.lastPacketAge = encoding.lastPacketAt.map { now - $0 }
            snapshot.lastKeyframeAge = encoding.cache.lastKeyframe.map { now - $0 }
            snapshot.packetsReceived = encoding.statistics.packetsReceived
            snapshot.packetsLost = encoding.statistics.packetsLost
            snapshot.packetsMissing = encoding.missing.count
            return snapshot
        }
        return snapshot
    }

    private func snapshot(ofSlot slot: Int, of peer: Peer, now: MonotonicInstant) -> SlotSnapshot {
        let parameters = peer.transport.parameters.slots[slot]
        var snapshot = SlotSnapshot(slot: slot, mid: parameters.mid, kind: parameters.kind, ssrc: parameters.ssrc)
        let down = unsafe subscriptions[peer.slots[slot].subscription]
        snapshot.packetsSent = unsafe down.pointee.packetsSent
        snapshot.packetsRetransmitted = peer.slots[slot].packetsRetransmitted
        snapshot.octetsSent = unsafe down.pointee.octetsSent
        snapshot.lastPacketAge = unsafe down.pointee.rewriter.last.map { now - $0.at }
        guard let track = peer.slots[slot].fill.flatMap({ trackByID[$0.track] }) else { return snapshot }
        snapshot.track = track.id
        let current = unsafe down.pointee.currentEncoding
        snapshot.currentEncoding = track.encodings.firstIndex { $0.id == current }
        snapshot.targetEncoding = track.chosenEncoding?.rawValue
        if unsafe !down.pointee.canDecode {
            snapshot.activity = .cannotDecode
        } else if current == nil {
            snapshot.activity = .waiting
        } else if let next = unsafe down.pointee.catchUpNext {
            snapshot.activity = .catchingUp
            let highest = current.flatMap { encodingByID[$0] }?.buffer.highest ?? next
            snapshot.packetsBehind = Int(max(highest &- next &+ 1, 0))
        } else {
            snapshot.activity = .live
        }
        return snapshot
    }
}
