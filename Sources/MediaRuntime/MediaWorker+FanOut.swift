import CongestionControl
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The fan-out: from an encoding's buffer to every subscription, one after the other, so that one peer's packets lie next to each
// other in the batch.
extension MediaWorker {
    /// Forwards what came, but for frames that are held until their last packet, and sends the next part to those behind.
    func forward(now: MonotonicInstant) {
        counters.statistics.packetsPadded &+= router.release(now: now) { encoding, track in forward(encoding, of: track)
        }
        router.continueCatchUps(output: egress, now: now)
        carryOutRequests(now: now)
    }

    /// Forwards the packets of an encoding that waited: as a whole to the subscriptions in step, one by one to the others.
    private func forward(_ encoding: PublishedEncoding, of track: PublishedTrack) {
        guard !encoding.subscribers.isEmpty else { return }
        for place in encoding.groups.indices {
            let end = place + 1 < encoding.groups.count ? encoding.groups[place + 1].first : encoding.subscribers.count
            let group = encoding.groups[place]
            forward(encoding, of: track, lane: group.lane, to: group.first..<end)
        }
    }

    /// Forwards the packets of one lane to those who are sent it.
    private func forward(
        _ encoding: PublishedEncoding, of track: PublishedTrack, lane: DecodeTarget, to range: Range<Int>
    ) {
        let pending = unsafe encoding.pending(in: lane)
        guard unsafe !pending.isEmpty else { return pass(encoding, of: track, lane: lane, over: range) }
        unsafe pending.withUnsafeBufferPointer { pending in
            let summary = unsafe BatchSummary(
                of: encoding.id, lane: lane, in: pending, head: encoding.head, end: encoding.headBehindPending)
            guard let summary else { return frameBatch.removeAll() }
            unsafe frameBatch.fill(
                from: pending, of: summary, kind: encoding.kind, joinsDatagrams: egress.batch.joinsDatagrams)
        }
        // Sound leaves at once, and so does what fills a gap; else all of it, or nothing yet.
        let isPaced = (estimation != nil || heldPeers > 0) && !encoding.isAudio && !encoding.fillsGap
        let paced = isPaced ? unsafe Self.octets(of: pending) : 0
        let subscriptions = router.subscriptions
        let now = egress.now
        unsafe frameBatch.withContent(sealedBy: egress.engine.gcm) { content in
            unsafe encoding.subscribers.withUnsafeBufferPointer { all in
                let subscribers = unsafe UnsafeBufferPointer(rebasing: all[range])
                guard let first = unsafe subscribers.first else { return }
                let last = subscribers.count &- 1
                // The record of the next slot's peer, and where the one of the slot behind it is.
                var next = unsafe egress.record(of: first)
                var later = unsafe subscribers[min(1, last)]
                var served = 0
                for index in subscribers.indices {
                    let subscriber = unsafe subscribers[index]
                    let peer = unsafe next
                    unsafe next = egress.record(of: later)
                    unsafe later = subscribers[min(index &+ 2, last)]
                    unsafe egress.prefetch(behind: next)
                    egress.prefetch(later, in: subscriptions)
                    if isPaced, unsafe !peer.pointee.pacing.mayLeave(octets: paced, nanoseconds: now.nanoseconds) {
                        router.fallBehind(subscriber.subscription, in: encoding, track, now: now)
                        continue
                    }
                    if let content = unsafe content,
                        unsafe egress.send(content, through: subscriptions[subscriber.subscription], to: peer)
                    {
                        served &+= 1
                        continue
                    }
                    if unsafe peer.pointee.isOpen {
                        router.offerPending(of: encoding, track, to: subscriber.subscription, output: egress)
                    } else if unsafe peer.pointee.key != nil {
                        counters.drops.count(.senderClosed, by: unsafe UInt64(encoding.pending.count))
                        unsafe peer.pointee.dropClosed(encoding.pending.count)
                    }
                }
                if let content = unsafe content {
                    unsafe egress.countBatch(packets: served &* content.pointee.packets.count)
                }
            }
        }
    }

    /// Octets of packets with their headers.
    private static func octets(of packets: [PendingPacket]) -> Int {
        var octets = 0
        for index in unsafe packets.indices {
            octets &+= unsafe packets[index].packet.pointee.payloadCount &+ headerOctets
        }
        return octets
    }

    /// Of RTP with extensions, SRTP's tag, UDP and IP, about.
    private static let headerOctets = 64

    /// Moves those on who are sent a lane that has none of the packets; whoever is not settled in it is offered them one by one.
    private func pass(
        _ encoding: PublishedEncoding, of track: PublishedTrack, lane: DecodeTarget, over range: Range<Int>
    ) {
        for index in range {
            let subscriber = encoding.subscribers[index]
            guard !router.passPending(of: encoding, lane: lane, to: subscriber.subscription) else { continue }
            if egress.isOpen(subscriber.sink) {
                router.offerPending(of: encoding, track, to: subscriber.subscription, output: egress)
            }
        }
    }

    /// Does what the router cannot do by itself.
    func carryOutRequests(now: MonotonicInstant) {
        for request in router.takeRequests() {
            switch request {
            case .askForKeyframes(.peer(let index)):
                if let publisher = peers[index] { reschedule(publisher) }
            case .tellDecoding(.peer(let index, let slot), let track, let canDecode):
                guard let peer = peers[index] else { continue }
                events.append(
                    .slotChanged(
                        peer.transport.id, slot: slot.rawValue, track, canDecode ? .playing : .cannotDecode))
            case .reportSoon(.peer(let index, _)):
                guard let peer = peers[index], let next = peer.nextReport, next > now + Self.reportAfterSwitch else {
                    continue
                }
                peer.nextReport = now + Self.reportAfterSwitch
                reschedule(peer)
            case .tellInterest(let id):
                guard let track = router.tracks[id] else { continue }
                tellDemand(of: track)
            }
        }
    }

    /// Asks the peer for a keyframe of every video of its that is watched, however lately it was asked: what it sent, and what it
    /// was asked for, may be lost on a path that has changed.
    func wantKeyframes(of peer: Peer, now: MonotonicInstant) {
        for track in peer.tracks where !track.isAudio && track.isOpen {
            track.requests.reset()
            for encoding in track.encodings where encoding.isWatched { encoding.keyframes.wantAnew(at: now) }
        }
        reschedule(peer)
    }
}
