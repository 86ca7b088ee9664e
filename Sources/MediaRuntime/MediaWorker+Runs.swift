import CDatagram
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The inner loops: nearly all that leaves a worker passes here, so nothing in them allocates, counts references or asks
// the runtime whether it may. What is the same for all slots is worked out before (`RunPackets`), and what is the same for
// all of a slot's packets before the innermost loop (`SlotRun.seal`).
extension MediaWorker {
    /// Forwards the packets of a track that waited, slot by slot: as a whole to those in step, one by one to the others.
    func forward(_ track: PublishedTrack, now: MonotonicInstant) {
        let chosen = track.chosenNumber
        unsafe track.pending.withUnsafeBufferPointer { pending in
            guard chosen >= 0, let run = unsafe PacketRun(of: chosen, in: pending) else {
                return runPackets.removeAll()
            }
            unsafe runPackets.fill(from: pending, of: run, kind: track.kind, joinsRuns: batch.joinsRuns, now: now)
        }
        unsafe runPackets.withRun(sealedBy: engine.gcm) { run in
            unsafe track.subscribers.withUnsafeBufferPointer { subscribers in
                for index in subscribers.indices {
                    unsafe prefetch(subscribers, after: index)
                    let down = unsafe downTracks[subscribers[index].record]
                    let sender = unsafe senders[subscribers[index].transport]
                    if let run = unsafe run, unsafe forward(run, through: down, sender: sender) { continue }
                    if unsafe sender.pointee.isOpen {
                        unsafe forwardOneByOne(track, to: down, now: now)
                    } else if unsafe sender.pointee.key != nil {
                        unsafe drops.count(.senderClosed, by: UInt64(track.pending.count))
                    }
                }
            }
        }
    }

    /// Brings near what the next slots need, each step a slot ahead of the one that reads what it brought: with hundreds of
    /// slots their records do not stay in the processor's nearest cache from turn to turn.
    private func prefetch(_ subscribers: UnsafeBufferPointer<Subscriber>, after index: Int) {
        let last = subscribers.count &- 1
        let down = unsafe UnsafeRawPointer(downTracks[subscribers[min(index &+ 3, last)].record])
        var offset = 0
        while offset < MemoryLayout<DownTrack>.size {
            unsafe fs_prefetch(down + offset)
            offset &+= 64
        }
        let later = unsafe UnsafeRawPointer(senders[subscribers[min(index &+ 2, last)].transport])
        unsafe fs_prefetch(later)
        unsafe fs_prefetch(later + 64)
        let next = unsafe senders[subscribers[min(index &+ 1, last)].transport]
        if let key = unsafe next.pointee.key { unsafe fs_prefetch(key.address) }
        if let history = unsafe next.pointee.history {
            unsafe fs_prefetch(history.address(of: next.pointee.transportSequence))
        }
    }

    /// Forwards a run to a slot that is in step with it.
    ///
    /// - Returns: `false`, with nothing changed, where its packets must be offered one by one.
    @inline(never) private func forward(
        _ run: UnsafePointer<RunPackets.Run>, through down: UnsafeMutablePointer<DownTrack>,
        sender: UnsafeMutablePointer<Sender>
    ) -> Bool {
        guard unsafe sender.pointee.isOpen, let key = unsafe sender.pointee.key,
            let offsets = unsafe down.pointee.take(run.pointee.summary)
        else { return false }
        if let sealer = unsafe run.pointee.sealer,
            let gcm = unsafe GCMRun(
                sealer, key, ssrc: down.pointee.ssrc, headerCount: down.pointee.template.count,
                first: Self.packetIndex(run.pointee.firstSequence &+ offsets.sequence),
                last: Self.packetIndex(run.pointee.lastSequence &+ offsets.sequence))
        {
            var slot = unsafe SlotRun(run: run, down: down, sender: sender, offsets: offsets, sealer: gcm)
            unsafe send(run, through: &slot, overhead: key.overhead, to: sender)
        } else {
            let sealer = unsafe EngineRun(
                engine: engine, key: key, ssrc: down.pointee.ssrc, headerCount: down.pointee.template.count)
            var slot = unsafe SlotRun(run: run, down: down, sender: sender, offsets: offsets, sealer: sealer)
            unsafe send(run, through: &slot, overhead: key.overhead, to: sender)
        }
        return true
    }

    @inline(__always) private func send(
        _ run: UnsafePointer<RunPackets.Run>, through slot: inout SlotRun<some RunSealer>, overhead: Int,
        to sender: UnsafeMutablePointer<Sender>
    ) {
        var octets = 0
        var sent = 0
        let added = unsafe slot.down.pointee.template.count &+ overhead
        for place in unsafe run.pointee.messages.indices {
            let message = unsafe run.pointee.messages[place]
            if !batch.hasRoom(octets: message.room) { flush() }
            let sealed = unsafe withUnsafeMutablePointer(to: &slot) { slot in
                unsafe SlotRun.seal(
                    slot, run.pointee.packets(of: message), count: message.count,
                    to: batch.reserve(octets: message.room))
            }
            guard sealed != 0 else {
                // What is being sealed in this room must be through before it is given to others.
                engine.flush()
                continue
            }
            unsafe batch.commit(message: sealed, segment: message.segment &+ added, to: sender.pointee.route)
            octets &+= sealed
            sent &+= message.count
        }
        let count = unsafe run.pointee.packets.count
        if sent != count { drops.count(.sendFailed, by: UInt64(count - sent)) }
        statistics.datagramsSent &+= UInt64(truncatingIfNeeded: sent)
        statistics.octetsSent &+= UInt64(truncatingIfNeeded: octets)
        statistics.packetsForwarded &+= UInt64(truncatingIfNeeded: sent)
    }
}
