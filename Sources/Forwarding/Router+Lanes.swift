import Primitives
import RTP

// Which lane of its encoding each subscription gets: the target by the size at which the picture is shown and by the cap, and the
// packet at which it becomes the current one.
extension Router {
    /// Chooses the lane that a subscription is to get of an encoding, and wants a keyframe where it cannot begin without.
    ///
    /// - Returns: whether it is another than before.
    func aimLane(
        of index: SubscriptionIndex, in encoding: PublishedEncoding, _ track: PublishedTrack, now: MonotonicInstant
    ) -> Bool {
        let record = unsafe subscriptions[index]
        let structure = encoding.layers.structure
        let before = unsafe record.pointee.targetLane
        let lane = structure.isLayered ? chooseLane(of: index, in: encoding, track, keeping: before) : .everything
        guard lane != before else { return false }
        unsafe record.pointee.targetLane = lane
        let current = unsafe record.pointee.lane
        guard unsafe record.pointee.currentEncoding == encoding.id, !structure.hasEqualSpatial(lane, current),
            !structure.isSubset(lane, of: current)
        else { return true }
        // One that begins in this turn serves.
        if !encoding.hasPendingStart { encoding.keyframes.wantAsLarger(at: now) }
        return true
    }

    private func chooseLane(
        of index: SubscriptionIndex, in encoding: PublishedEncoding, _ track: PublishedTrack,
        keeping before: DecodeTarget
    ) -> DecodeTarget {
        guard let known = details[index] else { return .everything }
        let structure = encoding.layers.structure
        var spatial = structure.spatialCount - 1
        if let width = known.demand.width, let height = known.demand.height {
            for layer in 0..<structure.spatialCount {
                let isKept = layer == min(before.spatial, structure.spatialCount - 1)
                let margin = isKept ? EncodingLadder.enlargement : 0
                guard let size = structure.size(ofLayer: layer),
                    size.covers(width: width, height: height, margin: margin)
                else { continue }
                spatial = layer
                break
            }
        }
        var temporal = LayerChoice.allLayers
        if let cap = known.cap, track.index(of: encoding.id) == cap.encoding {
            spatial = min(spatial, cap.spatial)
            temporal = cap.temporal
        }
        return structure.target(spatial: spatial, temporal: temporal)
    }

    /// A packet as a subscription gets it, which may go over to another lane there; `nil` where it is left out.
    func view(
        of packet: borrowing StoredPacket, of encoding: PublishedEncoding,
        for record: UnsafeMutablePointer<Subscription>
    ) -> StoredPacket? {
        guard unsafe record.pointee.currentEncoding == encoding.id else {
            guard unsafe record.pointee.target == encoding.id else { return copy packet }
            let lane = unsafe record.pointee.targetLane
            unsafe record.pointee.setNextLane(lane, id: encoding.keepLane(lane))
            return encoding.view(of: packet, in: lane)
        }
        if unsafe record.pointee.lane != record.pointee.targetLane, unsafe record.pointee.target == encoding.id {
            // One that is behind begins anew with a keyframe, in the lane that it is to get.
            if packet.isKeyframeStart, unsafe record.pointee.isBehind(encoding.head),
                unsafe packet.sequence >= record.pointee.next
            {
                let lane = unsafe record.pointee.targetLane
                unsafe record.pointee.setNextLane(lane, id: encoding.keepLane(lane))
                return encoding.view(of: packet, in: lane)
            }
            unsafe changeLane(of: record, at: packet, in: encoding)
            if packet.isKeyframeStart { unsafe wantAnotherKeyframe(for: record, after: packet, in: encoding) }
        }
        let lane = unsafe record.pointee.lane
        unsafe record.pointee.setNextLane(lane, id: encoding.keepLane(lane))
        return encoding.view(of: packet, in: lane)
    }

    /// Asks again where a keyframe did not lead to the target: packets of its picture that came before its first one have gone out.
    private func wantAnotherKeyframe(
        for record: UnsafeMutablePointer<Subscription>, after packet: borrowing StoredPacket,
        in encoding: PublishedEncoding
    ) {
        let structure = encoding.layers.structure
        let (lane, target) = unsafe (record.pointee.lane, record.pointee.targetLane)
        guard !structure.hasEqualSpatial(lane, target), !structure.isSubset(target, of: lane),
            let track = tracks[encoding.track]
        else { return }
        encoding.keyframes.want(at: packet.arrival)
        request(.askForKeyframes(track.origin))
    }

    private func changeLane(
        of record: UnsafeMutablePointer<Subscription>, at packet: borrowing StoredPacket, in encoding: PublishedEncoding
    ) {
        let lane = unsafe record.pointee.lane
        guard unsafe !record.pointee.isBehind(encoding.head),
            let position = encoding.position(of: packet.sequence, in: lane)
        else { return }
        let placed = encoding.placed(packet, in: lane)
        guard unsafe record.pointee.rewriter.beginsPicture(placed, number: position.number) else { return }
        let chosen = unsafe LayerSelector.choose(
            from: lane, towards: record.pointee.targetLane, at: packet, in: encoding.layers.structure)
        guard chosen != lane else { return }
        let id = encoding.keepLane(chosen)
        guard let other = encoding.position(of: packet.sequence, in: chosen) else { return }
        unsafe record.pointee.switchLane(to: chosen, id: id, from: position, to: other)
    }
}
