import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

// Probes of a viewer's path: what was sent lately, once more as RTX, so that what is sent to measure also repairs; padding where
// nothing was. Never padding in a slot's own stream: its numbers would have gaps that receivers count as loss.
extension MediaWorker {
    /// Sends the part of a probe that is due.
    func continueProbe(of peer: Peer, now: MonotonicInstant) {
        guard var probe = peer.bandwidth?.probe, probe.next <= now else { return }
        defer { peer.bandwidth?.probe = probe.isComplete ? nil : probe }
        guard let slot = probingSlot(of: peer), let type = router.paddingType(of: peer.slots[slot].subscription) else {
            peer.bandwidth?.probe = nil
            probe.abandon()
            return
        }
        let subscription = unsafe router.subscriptions[peer.slots[slot].subscription]
        let record = unsafe egress.peers[peer.index]
        var sequence = unsafe subscription.pointee.rewriter.lastSequence
        while probe.isDue(at: now) {
            let octets: Int
            if let sent = unsafe packetSent(as: UInt16(truncatingIfNeeded: sequence), through: subscription) {
                octets = unsafe resend(
                    sent, as: UInt16(truncatingIfNeeded: sequence), kind: .probe, cluster: probe.cluster.id,
                    through: subscription, to: record)
                sequence &-= 1
            } else {
                octets = unsafe egress.sendPadding(
                    type, kind: .probe, cluster: probe.cluster.id, through: subscription, to: record)
            }
            guard octets > 0 else { return probe.abandon() }
            probe.noteSent(octets: octets)
            counters.statistics.packetsProbed &+= 1
        }
        probe.wait(now: now)
    }

    /// The slot whose RTX stream carries the probes: the first for video, whether or not it is sent anything. None while the path
    /// takes less than is sent already.
    func probingSlot(of peer: Peer) -> Int? {
        guard !peer.isHeld, unsafe egress.peers[peer.index].pointee.isOpen else { return nil }
        // By place: an element of the array would be copied, with what it refers to.
        for place in peer.slots.indices {
            let index = peer.slots[place].subscription
            let subscription = unsafe router.subscriptions[index]
            guard unsafe subscription.pointee.rtxSSRC != 0, case .video = unsafe subscription.pointee.kind,
                router.paddingType(of: index) != nil
            else { continue }
            return place
        }
        return nil
    }
}
