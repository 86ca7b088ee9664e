import CDatagram
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The inner loops: nearly all that leaves a worker passes here, so nothing in them allocates, counts references or asks
// the runtime whether it may. What is the same for all slots is worked out before (`FrameBatch`), and what is the same for
// all of a slot's packets before the innermost loop (`SlotBatch.seal`).
extension Egress {
    /// Sends a batch through a slot that is in step with it.
    ///
    /// What was sent is counted by `countBatch`, once for all slots.
    /// - Returns: `false`, with nothing changed, where its packets must be offered one by one.
    @inline(never) func send(
        _ content: UnsafePointer<FrameBatch.Content>, through subscription: UnsafeMutablePointer<Subscription>,
        to peer: UnsafeMutablePointer<PeerEgress>
    ) -> Bool {
        guard unsafe peer.pointee.isOpen, unsafe peer.pointee.key != nil,
            let offsets = unsafe subscription.pointee.take(content.pointee.summary)
        else { return false }
        // The key is read after the call only: its fields would have to be kept through it.
        if let sealer = unsafe content.pointee.sealer, let key = unsafe peer.pointee.key,
            let gcm = unsafe GCMBatch(
                sealer, key, ssrc: subscription.pointee.ssrc, headerCount: subscription.pointee.template.count,
                first: Self.packetIndex(content.pointee.firstSequence &+ offsets.sequence),
                last: Self.packetIndex(content.pointee.lastSequence &+ offsets.sequence))
        {
            var slot = unsafe SlotBatch(
                content: content, subscription: subscription, peer: peer, offsets: offsets, sealer: gcm)
            unsafe send(content, through: &slot, to: peer)
        } else {
            unsafe sendByEngine(content, through: subscription, to: peer, offsets: offsets)
        }
        return true
    }

    /// Sends a batch that is sealed packet by packet: with other keys than AES-GCM's, or where libipsec-mb does not run.
    @inline(never) private func sendByEngine(
        _ content: UnsafePointer<FrameBatch.Content>, through subscription: UnsafeMutablePointer<Subscription>,
        to peer: UnsafeMutablePointer<PeerEgress>, offsets: BatchOffsets
    ) {
        guard let key = unsafe peer.pointee.key else { return }
        let sealer = unsafe EngineBatchSealer(
            engine: engine, key: key, ssrc: subscription.pointee.ssrc,
            headerCount: subscription.pointee.template.count)
        var slot = unsafe SlotBatch(
            content: content, subscription: subscription, peer: peer, offsets: offsets, sealer: sealer)
        unsafe send(content, through: &slot, to: peer)
    }

    @inline(__always) private func send(
        _ content: UnsafePointer<FrameBatch.Content>, through slot: inout SlotBatch<some BatchSealer>,
        to peer: UnsafeMutablePointer<PeerEgress>
    ) {
        var octets = 0
        for place in unsafe content.pointee.messages.indices {
            let message = unsafe content.pointee.messages[place]
            if !batch.hasCapacity(octets: message.capacity) { flush() }
            unsafe slot.stamp = content.pointee.kind | UInt64(times.current)
            let sealed = unsafe withUnsafeMutablePointer(to: &slot) { slot in
                unsafe SlotBatch.seal(
                    slot, content.pointee.packets(of: message), count: message.count,
                    to: batch.reserve(octets: message.capacity))
            }
            guard sealed != 0 else {
                unsafe noteFailure(of: message.count, to: peer)
                continue
            }
            unsafe batch.commit(
                message: sealed, segment: slot.octets(payloadCount: message.segment), to: peer.pointee.route)
            octets &+= sealed
        }
        batchOctets &+= octets
        unsafe peer.pointee.noteSent(octets: octets, now: now)
    }

    /// Counts packets of a batch that could not be sealed.
    @inline(never) private func noteFailure(of count: Int, to peer: UnsafeMutablePointer<PeerEgress>) {
        // What is being sealed in this space must be complete before it is given to others.
        engine.flush()
        counters.drops.count(.sendFailed, by: UInt64(count))
        unsafe peer.pointee.dropFailed(count)
        batchFailures &+= count
    }

    /// Counts what left through the slots that took a batch.
    ///
    /// - Parameter packets: of all slots, those that could not be sealed included.
    func countBatch(packets: Int) {
        let sent = UInt64(truncatingIfNeeded: packets &- batchFailures)
        counters.statistics.datagramsSent &+= sent
        counters.statistics.packetsForwarded &+= sent
        counters.statistics.octetsSent &+= UInt64(truncatingIfNeeded: batchOctets)
        batchOctets = 0
        batchFailures = 0
    }

    /// Octets of a `Subscription`, from its beginning, that a slot in step with a batch needs.
    private static let hotOctets = 224

    /// The record of a subscriber's peer.
    @inline(__always) func record(of subscriber: Subscriber) -> UnsafeMutablePointer<PeerEgress> {
        switch subscriber.sink {
        case .peer(let index, _): unsafe peers[index]
        }
    }

    /// Prefetches what is read and written of the record of a slot that comes soon: with hundreds of slots their records do not
    /// stay in the first-level cache from turn to turn.
    @inline(__always) func prefetch(
        _ subscriber: Subscriber, in subscriptions: Slab<Subscription, SubscriptionIndex>
    ) {
        let record = unsafe subscriptions.address(of: subscriber.subscription)
        unsafe fs_prefetch(record)
        unsafe fs_prefetch(record + 64)
        unsafe fs_prefetch(record + 128)
        unsafe fs_prefetch(record + 192)
        unsafe fs_prefetch(record + (Self.hotOctets - 1))
        guard case .peer(let index, _) = subscriber.sink else { return }
        let peer = unsafe peers.address(of: index)
        unsafe fs_prefetch(peer)
        unsafe fs_prefetch(peer + 64)
        unsafe fs_prefetch(peer + 128)
    }

    /// Prefetches what the record of the next slot's peer points to.
    @inline(__always) func prefetch(behind next: UnsafeMutablePointer<PeerEgress>) {
        if let key = unsafe next.pointee.key { unsafe fs_prefetch(key.address) }
        if let history = unsafe next.pointee.history {
            unsafe fs_prefetch(history.address(of: next.pointee.transportSequence))
        }
    }
}
