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
                if let publisher = publisher(of: track) { reschedule(publisher) }
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

    /// The peer that a track comes from.
    func publisher(of track: PublishedTrack) -> Peer? {
        guard case .peer(let index) = track.origin else { return nil }
        return peers[index]
    }

    /// The peer that a subscription belongs to.
    func viewer(of subscription: UnsafeMutablePointer<Subscription>) -> Peer? {
        guard case .peer(let index, _) = unsafe subscription.pointee.sink else { return nil }
        return peers[index]
    }

    /// Forwards the packets of a track that waited, slot by slot: as a whole to those in step, one by one to the others.
    private func forward(_ track: PublishedTrack, now: MonotonicInstant) {
        let chosen = track.chosenID
        unsafe track.pending.withUnsafeBufferPointer { pending in
            guard chosen != .none, let summary = unsafe BatchSummary(of: chosen, in: pending) else {
                return frameBatch.removeAll()
            }
            unsafe frameBatch.fill(
                from: pending, of: summary, kind: track.kind, joinsRuns: egress.batch.joinsRuns)
        }
        unsafe frameBatch.withContent(sealedBy: egress.engine.gcm) { content in
            unsafe track.subscribers.withUnsafeBufferPointer { subscribers in
                for index in subscribers.indices {
                    unsafe egress.prefetch(subscribers, after: index, in: subscriptions)
                    let down = unsafe subscriptions[subscribers[index].subscription]
                    let peer = unsafe egress.peers[subscribers[index].peer]
                    if let content = unsafe content, unsafe egress.send(content, through: down, to: peer) { continue }
                    if unsafe peer.pointee.isOpen {
                        unsafe forwardOneByOne(track, to: down, now: now)
                    } else if unsafe peer.pointee.key != nil {
                        unsafe drops.count(.senderClosed, by: UInt64(track.pending.count))
                    }
                }
            }
        }
    }

    /// Forwards the packets that waited to a slot that cannot take them as a whole.
    func forwardOneByOne(_ track: PublishedTrack, to down: UnsafeMutablePointer<Subscription>, now: MonotonicInstant) {
        let chosen = track.chosenID
        guard case .peer(let index, _) = unsafe down.pointee.sink else { return }
        let peer = unsafe egress.peers[index]
        for index in unsafe track.pending.indices {
            let entry = unsafe track.pending[index]
            let isChosen = unsafe entry.encoding == chosen
            var outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.encoding, isChosen: isChosen)
            if case .unknownPayloadType = outcome {
                unsafe resolve(down, payloadType: entry.packet.pointee.payloadType, of: track)
                outcome = unsafe down.pointee.offer(entry.packet.pointee, of: entry.encoding, isChosen: isChosen)
            }
            if case .send(let numbers) = outcome {
                unsafe egress.send(entry, as: numbers, through: down, to: peer)
            }
        }
        unsafe noteSwitch(of: down, now: now)
    }

    /// Has the viewer told without delay where the clock of a source stands that its slot has just begun to carry.
    func noteSwitch(of down: UnsafeMutablePointer<Subscription>, now: MonotonicInstant) {
        guard unsafe down.pointee.takeSwitch(), let peer = unsafe viewer(of: down),
            let next = peer.nextReport, next > now + Self.reportAfterSwitch
        else { return }
        peer.nextReport = now + Self.reportAfterSwitch
        reschedule(peer)
    }

    /// Finds the viewer's payload type for what the publisher now sends.
    func resolve(_ down: UnsafeMutablePointer<Subscription>, payloadType: UInt8, of track: PublishedTrack) {
        guard case .peer(let index, let slot) = unsafe down.pointee.sink, let peer = peers[index] else { return }
        let accepted = peer.transport.parameters.slots[slot.rawValue].payloads
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
            events.append(
                .slotChanged(
                    peer.transport.id, slot: slot.rawValue, track.id, canDecode ? .playing : .cannotDecode))
        }
    }

    /// Asks for a keyframe of what viewers of the track get.
    func wantKeyframe(of track: PublishedTrack, now: MonotonicInstant) {
        guard track.kind == .video, let encoding = track.keyframeEncoding, let publisher = publisher(of: track) else {
            return
        }
        encoding.keyframes.wantForViewer()
        peers.schedule(publisher, at: now)
    }

    /// Asks the peer for a keyframe of every picture of its that is watched, however lately it was asked: what it sent, and what
    /// it was asked for, may be lost on a path that has changed.
    func wantKeyframes(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks where !track.isAudio && track.isOpen && !track.subscribers.isEmpty {
            track.keyframeEncoding?.keyframes.wantAnew()
        }
        reschedule(peer)
    }
}
