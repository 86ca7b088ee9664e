import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The fan-out: from the track's buffer to every subscriber, subscriber by subscriber, so that one subscriber's packets
// lie next to each other in the batch.
extension MediaWorker {
    /// Forwards what came, but for pictures that are held until their last packet.
    func forwardPending(now: MonotonicInstant) {
        nextRelease = nil
        guard !pendingTracks.isEmpty else { return }
        var held = 0
        for track in pendingTracks {
            if let chosen = track.chooseEncoding(at: now), track.needsKeyframe(of: chosen) {
                chosen.keyframes.want()
                if let publisher = peers[track.transport] { reschedule(publisher) }
            }
            if let deadline = track.heldUntil(longest: frameHold, now: now) {
                nextRelease = earliest(nextRelease, deadline)
                pendingTracks[held] = track
                held += 1
                continue
            }
            statistics.packetsPadded &+= track.preparePending()
            forward(track, now: now)
            track.removePending()
        }
        pendingTracks.removeLast(pendingTracks.count - held)
    }

    /// Forwards the packets that waited to a slot that cannot take them as a whole.
    func forwardOneByOne(_ track: PublishedTrack, to down: UnsafeMutablePointer<DownTrack>, now: MonotonicInstant) {
        let chosen = track.chosenNumber
        let sender = unsafe senders[down.pointee.transport]
        for index in unsafe track.pending.indices {
            let entry = unsafe track.pending[index]
            let isChosen = unsafe entry.number == chosen
            var outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.number, isChosen: isChosen)
            if case .unknownPayloadType = outcome {
                unsafe resolve(down, payloadType: entry.packet.pointee.payloadType, of: track)
                outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.number, isChosen: isChosen)
            }
            if case .send(let numbers) = outcome {
                unsafe forward(entry, as: numbers, through: down, sender: sender, now: now)
            }
        }
        unsafe noteSwitch(of: down, now: now)
    }

    /// Has the viewer told without delay where the clock of a source stands that its slot has just begun to carry.
    func noteSwitch(of down: UnsafeMutablePointer<DownTrack>, now: MonotonicInstant) {
        guard unsafe down.pointee.takeSwitch(), let peer = unsafe peers[down.pointee.transport],
            let next = peer.nextReport, next > now + Self.reportAfterSwitch
        else { return }
        peer.nextReport = now + Self.reportAfterSwitch
        reschedule(peer)
    }

    func forward(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers, through down: UnsafeMutablePointer<DownTrack>,
        sender: UnsafeMutablePointer<Sender>, now: MonotonicInstant
    ) {
        if batch.isFull { flush() }
        let room = unsafe batch.reserve()
        let packet = unsafe entry.packet
        let transportSequence = unsafe takeTransportSequence(down, sender)
        let fields = unsafe HeaderLayout.Fields(
            payloadType: down.pointee.payloadType, isMarked: packet.pointee.isMarked,
            isPadded: packet.pointee.paddingCount != 0, sequence: UInt16(truncatingIfNeeded: numbers.sequence),
            timestamp: numbers.timestamp,
            ssrc: down.pointee.ssrc, csrc: down.pointee.csrc,
            transportSequence: UInt16(truncatingIfNeeded: transportSequence),
            audioLevel: packet.pointee.audioLevel, videoOrientation: packet.pointee.videoOrientation)
        let headerCount = unsafe down.pointee.header.write(fields, to: room)
        var payload = unsafe entry.payload
        var payloadCount = unsafe packet.pointee.payloadCount + packet.pointee.paddingCount
        if unsafe packet.pointee.redundancy.primaryOffset != 0 {
            switch unsafe down.pointee.redundancy {
            case .asItIs: break
            case .unwrap:
                let offset = unsafe Int(packet.pointee.redundancy.primaryOffset)
                unsafe payload += offset
                payloadCount -= offset
            case .renumber(let payloadType):
                unsafe (room + headerCount).update(from: payload, count: payloadCount)
                unsafe payload = room + headerCount
                unsafe packet.pointee.redundancy.renumber(payload, payloadType: payloadType)
            }
        }
        if let segment = unsafe down.pointee.rewriter.current, unsafe packet.pointee.picture.needsPatch(segment) {
            // The shared plaintext stays as it is: the copy is patched, and sealed in place.
            unsafe (room + headerCount).update(from: payload, count: payloadCount)
            unsafe payload = room + headerCount
            unsafe packet.pointee.picture.patch(payload, for: segment)
        }
        guard unsafe sender.pointee.isOpen, let key = unsafe sender.pointee.key,
            let total = unsafe engine.seal(
                key, index: Self.packetIndex(numbers.sequence), ssrc: down.pointee.ssrc, packet: room,
                headerCount: headerCount, payload: payload, payloadCount: payloadCount)
        else { return drops.count(.sendFailed) }
        unsafe commit(octets: total, to: sender.pointee.route)
        unsafe sender.pointee.history?.note(transportSequence, octets: total, now: now)
        statistics.packetsForwarded &+= 1
    }

    /// The transport-wide number of the slot's next packet, extended; 0 where the slot has none.
    func takeTransportSequence(
        _ down: UnsafeMutablePointer<DownTrack>, _ sender: UnsafeMutablePointer<Sender>
    ) -> Int64 {
        guard unsafe down.pointee.header.hasTransportSequence else { return 0 }
        return unsafe sender.pointee.takeTransportSequence()
    }

    /// SRTP's packet index (RFC 3711 section 3.3.1) of an extended number that began one cycle up: the roll-over
    /// counter begins at 0.
    static func packetIndex(_ extended: Int64) -> UInt64 { UInt64(bitPattern: extended &- firstIndex) }

    /// The extended number with index 0.
    static let firstIndex: Int64 = 65_536

    /// Finds the viewer's payload type for what the publisher now sends.
    func resolve(_ down: UnsafeMutablePointer<DownTrack>, payloadType: UInt8, of track: PublishedTrack) {
        guard let peer = unsafe peers[down.pointee.transport] else { return }
        let slot = unsafe down.pointee.slot
        let accepted = peer.transport.parameters.slots[slot].payloads
        let source = track.receive.payloads.first { $0.payloadType == payloadType }
        var mapping = source.flatMap { accepted.nearest(to: $0.format) }
        var redundancy = RedundantAudio.Handling.asItIs
        if source?.format.codec == .red {
            // What is inside is Opus, by either side's number for it.
            let opus = accepted.first { $0.format.codec == .opus }
            if mapping == nil {
                mapping = opus
                redundancy = .unwrap
            } else if let opus,
                !track.receive.payloads.contains(where: {
                    $0.payloadType == opus.payloadType && $0.format.codec == .opus
                })
            {
                redundancy = .renumber(opus.payloadType)
            }
        }
        let couldDecode = unsafe down.pointee.canDecode
        unsafe down.pointee.resolve(sourcePayloadType: payloadType, as: mapping, redundancy: redundancy)
        let canDecode = mapping != nil
        if couldDecode != canDecode || !canDecode {
            events.append(.slotChanged(peer.transport.id, slot: slot, track.id, canDecode ? .playing : .cannotDecode))
        }
    }

    /// Asks for a keyframe of what viewers of the track get.
    func wantKeyframe(of track: PublishedTrack, now: MonotonicInstant) {
        guard track.kind == .video, let encoding = track.keyframeEncoding, let publisher = peers[track.transport] else {
            return
        }
        encoding.keyframes.wantForViewer()
        timers.set(now, for: publisher.index)
    }

    /// Asks the peer for a keyframe of every picture of its that is watched, however lately it was asked: what it sent, and what
    /// it was asked for, may be lost on a path that has changed.
    func wantKeyframes(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks where !track.isSound && track.isOpen && !track.subscribers.isEmpty {
            track.keyframeEncoding?.keyframes.wantAnew()
        }
        reschedule(peer)
    }
}
