import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The fan-out: from the track's buffer to every subscriber, subscriber by subscriber, so that one subscriber's packets
// lie next to each other in the batch.
extension MediaWorker {
    /// Forwards every packet of this turn.
    func forwardPending(now: MonotonicInstant) {
        guard !pendingTracks.isEmpty else { return }
        for track in pendingTracks {
            if let chosen = track.chooseEncoding(at: now), track.needsKeyframe(of: chosen) {
                chosen.keyframes.want()
                if let publisher = peers[track.transport] { reschedule(publisher) }
            }
            forward(track)
            unsafe track.pending.removeAll(keepingCapacity: true)
        }
        pendingTracks.removeAll(keepingCapacity: true)
    }

    private func forward(_ track: PublishedTrack) {
        let chosen = track.chosenEncoding
        for subscriber in track.subscribers {
            let down = unsafe downTracks[subscriber]
            let sender = unsafe senders[down.pointee.transport]
            guard unsafe sender.pointee?.route != nil else { continue }
            for index in unsafe track.pending.indices {
                let entry = unsafe track.pending[index]
                let isChosen = unsafe entry.encoding == chosen
                var outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.number, isChosen: isChosen)
                if case .unknownPayloadType = outcome {
                    unsafe resolve(down, payloadType: entry.packet.pointee.payloadType, of: track)
                    outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.number, isChosen: isChosen)
                }
                if case .send(let numbers) = outcome {
                    unsafe forward(entry, as: numbers, through: down, sender: sender)
                }
            }
        }
    }

    private func forward(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers, through down: UnsafeMutablePointer<DownTrack>,
        sender: UnsafeMutablePointer<Sender?>
    ) {
        if batch.isFull { flush() }
        let room = unsafe batch.reserve()
        let packet = unsafe entry.packet
        let fields = unsafe HeaderLayout.Fields(
            payloadType: down.pointee.payloadType, isMarked: packet.pointee.isMarked,
            sequence: UInt16(truncatingIfNeeded: numbers.sequence), timestamp: numbers.timestamp,
            ssrc: down.pointee.ssrc, csrc: down.pointee.csrc,
            transportSequence: down.pointee.header.hasTransportSequence
                ? sender.pointee?.takeTransportSequence() ?? 0 : 0,
            audioLevel: packet.pointee.audioLevel, videoOrientation: packet.pointee.videoOrientation)
        let headerCount = unsafe down.pointee.header.write(fields, to: room)
        var payload = unsafe entry.payload
        let payloadCount = unsafe packet.pointee.payloadCount
        if let segment = unsafe down.pointee.rewriter.current, unsafe packet.pointee.picture.needsPatch(segment) {
            // The shared plaintext stays as it is: the copy is patched, and sealed in place.
            unsafe (room + headerCount).update(from: payload, count: payloadCount)
            unsafe payload = room + headerCount
            unsafe packet.pointee.picture.patch(payload, for: segment)
        }
        guard let key = unsafe sender.pointee?.key, let route = unsafe sender.pointee?.route,
            let total = unsafe engine.seal(
                key, index: Self.packetIndex(numbers.sequence), ssrc: down.pointee.ssrc, packet: room,
                headerCount: headerCount, payload: payload, payloadCount: payloadCount)
        else { return drops.count(.sendFailed) }
        commit(octets: total, to: route)
        statistics.packetsForwarded &+= 1
    }

    /// SRTP's packet index (RFC 3711 section 3.3.1) of an extended number that began one cycle up: the roll-over
    /// counter begins at 0.
    static func packetIndex(_ extended: Int64) -> UInt64 { UInt64(bitPattern: extended &- 65_536) }

    /// Finds the viewer's payload type for what the publisher now sends.
    private func resolve(_ down: UnsafeMutablePointer<DownTrack>, payloadType: UInt8, of track: PublishedTrack) {
        guard let peer = unsafe peers[down.pointee.transport] else { return }
        let source = track.receive.payloads.first { $0.payloadType == payloadType }
        let slot = unsafe down.pointee.slot
        let mapping = source.flatMap { source in
            peer.transport.parameters.slots[slot].payloads.first { $0.format.accepts(source.format) }
        }
        let couldDecode = unsafe down.pointee.canDecode
        unsafe down.pointee.resolve(sourcePayloadType: payloadType, as: mapping)
        let canDecode = mapping != nil
        if couldDecode != canDecode || !canDecode {
            events.append(.slotChanged(peer.transport.id, slot: slot, canDecode ? .playing : .cannotDecode))
        }
    }

    /// Asks for a keyframe of what viewers of the track get.
    func wantKeyframe(of track: PublishedTrack, now: MonotonicInstant) {
        guard track.kind == .video, let encoding = track.keyframeEncoding, let publisher = peers[track.transport] else {
            return
        }
        encoding.keyframes.want()
        timers.set(now, for: publisher.index)
    }
}
