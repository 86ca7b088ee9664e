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
    /// - Returns: `false`, with nothing changed, where its packets must be offered one by one.
    @inline(never) func send(
        _ content: UnsafePointer<FrameBatch.Content>, through subscription: UnsafeMutablePointer<Subscription>,
        to peer: UnsafeMutablePointer<PeerEgress>
    ) -> Bool {
        guard unsafe peer.pointee.isOpen, let key = unsafe peer.pointee.key,
            let offsets = unsafe subscription.pointee.take(content.pointee.summary)
        else { return false }
        if let sealer = unsafe content.pointee.sealer,
            let gcm = unsafe GCMBatch(
                sealer, key, ssrc: subscription.pointee.ssrc, headerCount: subscription.pointee.template.count,
                first: Self.packetIndex(content.pointee.firstSequence &+ offsets.sequence),
                last: Self.packetIndex(content.pointee.lastSequence &+ offsets.sequence))
        {
            var slot = unsafe SlotBatch(
                content: content, subscription: subscription, peer: peer, offsets: offsets, sealer: gcm)
            unsafe send(content, through: &slot, overhead: key.overhead, to: peer)
        } else {
            let sealer = unsafe EngineBatchSealer(
                engine: engine, key: key, ssrc: subscription.pointee.ssrc,
                headerCount: subscription.pointee.template.count)
            var slot = unsafe SlotBatch(
                content: content, subscription: subscription, peer: peer, offsets: offsets, sealer: sealer)
            unsafe send(content, through: &slot, overhead: key.overhead, to: peer)
        }
        return true
    }

    @inline(__always) private func send(
        _ content: UnsafePointer<FrameBatch.Content>, through slot: inout SlotBatch<some BatchSealer>, overhead: Int,
        to peer: UnsafeMutablePointer<PeerEgress>
    ) {
        var octets = 0
        var sent = 0
        let added = unsafe slot.subscription.pointee.template.count &+ overhead
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
                // What is being sealed in this space must be complete before it is given to others.
                engine.flush()
                continue
            }
            unsafe batch.commit(message: sealed, segment: message.segment &+ added, to: peer.pointee.route)
            octets &+= sealed
            sent &+= message.count
        }
        let count = unsafe content.pointee.packets.count
        if sent != count {
            counters.drops.count(.sendFailed, by: UInt64(count - sent))
            unsafe peer.pointee.dropFailed(count - sent)
        }
        counters.statistics.datagramsSent &+= UInt64(truncatingIfNeeded: sent)
        counters.statistics.octetsSent &+= UInt64(truncatingIfNeeded: octets)
        counters.statistics.packetsForwarded &+= UInt64(truncatingIfNeeded: sent)
        unsafe peer.pointee.noteSent(packets: sent, octets: octets, now: now)
    }

    /// Prefetches what the next slots need, each step one slot ahead of the step that reads what it fetched: with hundreds of
    /// slots their records do not stay in the first-level cache from turn to turn.
    @inline(__always) func prefetch(
        _ subscribers: UnsafeBufferPointer<Subscriber>, after index: Int,
        in subscriptions: Slab<Subscription, SubscriptionIndex>
    ) {
        let last = subscribers.count &- 1
        let record = unsafe subscriptions.address(of: subscribers[min(index &+ 3, last)].subscription)
        var offset = 0
        while offset < MemoryLayout<Subscription>.size {
            unsafe fs_prefetch(record + offset)
            offset &+= 64
        }
        guard case .peer(let laterIndex, _) = unsafe subscribers[min(index &+ 2, last)].sink,
            case .peer(let nextIndex, _) = unsafe subscribers[min(index &+ 1, last)].sink
        else { return }
        let later = unsafe peers.address(of: laterIndex)
        unsafe fs_prefetch(later)
        unsafe fs_prefetch(later + 64)
        let next = unsafe peers[nextIndex]
        if let key = unsafe next.pointee.key { unsafe fs_prefetch(key.address) }
        if let history = unsafe next.pointee.history {
            unsafe fs_prefetch(history.address(of: next.pointee.transportSequence))
        }
    }
}
