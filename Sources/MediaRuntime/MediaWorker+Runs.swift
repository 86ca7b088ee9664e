import CDatagram
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The innermost loop: nearly all that leaves a worker passes here, so nothing in it allocates, counts references or asks
// the runtime whether it may. What is decided once for all of a slot's packets is decided before.
extension MediaWorker {
    /// Forwards the packets of a track that waited, slot by slot: as a whole to those in step, one by one to the others.
    func forward(_ track: PublishedTrack, now: MonotonicInstant) {
        unsafe track.pending.withUnsafeBufferPointer { pending in
            let chosen = track.chosenEncoding.map { track.encodings[$0].number }
            let run = chosen.flatMap { unsafe PacketRun(of: $0, in: pending) }
            unsafe track.subscribers.withUnsafeBufferPointer { subscribers in
                for index in subscribers.indices {
                    unsafe prefetch(subscribers, after: index)
                    let down = unsafe downTracks[subscribers[index]]
                    let sender = unsafe senders[down.pointee.transport]
                    guard let route = unsafe sender.pointee?.route, let key = unsafe sender.pointee?.key else {
                        continue
                    }
                    if let run, let offsets = unsafe down.pointee.take(run) {
                        unsafe forward(
                            run, in: pending, by: offsets, through: down, sender: sender, route: route, key: key,
                            now: now)
                    } else {
                        unsafe forwardOneByOne(track, to: down, now: now)
                    }
                }
            }
        }
    }

    /// Brings near what the next slots need, each step a slot ahead of the one that reads what it brought: with hundreds of
    /// slots their records do not stay in the processor's nearest cache from turn to turn.
    private func prefetch(_ subscribers: UnsafeBufferPointer<Int>, after index: Int) {
        if index &+ 4 < subscribers.count {
            let down = unsafe UnsafeRawPointer(downTracks[subscribers[index &+ 4]])
            var offset = 0
            while offset < MemoryLayout<DownTrack>.size {
                unsafe fs_prefetch(down + offset)
                offset &+= 64
            }
        }
        if index &+ 3 < subscribers.count {
            let sender = unsafe UnsafeRawPointer(senders[downTracks[subscribers[index &+ 3]].pointee.transport])
            unsafe fs_prefetch(sender)
            unsafe fs_prefetch(sender + 64)
        }
        if index &+ 2 < subscribers.count {
            let sender = unsafe senders[downTracks[subscribers[index &+ 2]].pointee.transport]
            if let key = unsafe sender.pointee?.key { unsafe fs_prefetch(key.address) }
        }
        if index &+ 1 < subscribers.count {
            let sender = unsafe senders[downTracks[subscribers[index &+ 1]].pointee.transport]
            if let key = unsafe sender.pointee?.key { unsafe fs_prefetch(key.scheduleAddress) }
            if let history = unsafe sender.pointee?.history, let next = unsafe sender.pointee?.transportSequence {
                unsafe fs_prefetch(history.address(of: next))
            }
        }
    }

    /// Seals a run's packets for a slot that has taken it.
    private func forward(
        _ run: PacketRun, in pending: UnsafeBufferPointer<PendingPacket>, by offsets: RunOffsets,
        through down: UnsafeMutablePointer<DownTrack>, sender: UnsafeMutablePointer<Sender?>, route: borrowing Route,
        key: SealingKeyReference, now: MonotonicInstant
    ) {
        let history = unsafe sender.pointee?.history
        let isNumbered = unsafe down.pointee.template.transportSequenceOffset != 0
        let step: Int64 = isNumbered ? 1 : 0
        var transportSequence = unsafe sender.pointee?.takeTransportSequences(isNumbered ? run.count : 0) ?? 0
        let ssrc = unsafe down.pointee.ssrc
        let headerCount = unsafe down.pointee.template.count
        let gcm = engine.gcmRun(key, ssrc: ssrc, headerCount: headerCount)
        var sent: UInt64 = 0
        var octets: UInt64 = 0
        for place in pending.indices {
            let entry = unsafe pending[place]
            guard unsafe entry.number == run.encoding else { continue }
            if batch.isFull { flush() }
            let room = unsafe batch.reserve()
            let packet = unsafe entry.packet
            let sequence = unsafe packet.pointee.sequence &+ offsets.sequence
            unsafe down.pointee.template.write(
                packet, sequence: UInt16(truncatingIfNeeded: sequence),
                timestamp: packet.pointee.timestamp &+ offsets.timestamp,
                transportSequence: UInt16(truncatingIfNeeded: transportSequence), to: room)
            var payload = unsafe entry.payload
            if offsets.changesPictures, unsafe packet.pointee.picture.width != .absent {
                unsafe payload = copyPatched(entry, to: room + headerCount, for: down)
            }
            let index = Self.packetIndex(sequence)
            let payloadCount = unsafe packet.pointee.payloadCount + packet.pointee.paddingCount
            let total =
                if let gcm {
                    unsafe gcm.seal(
                        index: index, packet: room, payload: payload, payloadCount: payloadCount)
                } else {
                    unsafe engine.seal(
                        key, index: index, ssrc: ssrc, packet: room, headerCount: headerCount, payload: payload,
                        payloadCount: payloadCount)
                }
            if let total {
                if sent == 0 || !batch.join(octets: total) { batch.commit(octets: total, to: route) }
                history?.note(transportSequence, octets: total, nanoseconds: now.nanoseconds)
                sent &+= 1
                octets &+= UInt64(truncatingIfNeeded: total)
            }
            transportSequence &+= step
        }
        if sent != UInt64(run.count) { drops.count(.sendFailed, by: UInt64(run.count) - sent) }
        statistics.datagramsSent &+= sent
        statistics.octetsSent &+= octets
        statistics.packetsForwarded &+= sent
    }

    /// The shared plaintext stays as it is: the copy is patched, and sealed in place.
    private func copyPatched(
        _ entry: PendingPacket, to payload: UnsafeMutablePointer<UInt8>, for down: UnsafeMutablePointer<DownTrack>
    ) -> UnsafeMutablePointer<UInt8> {
        unsafe payload.update(
            from: entry.payload, count: entry.packet.pointee.payloadCount + entry.packet.pointee.paddingCount)
        if let segment = unsafe down.pointee.rewriter.current {
            unsafe entry.packet.pointee.picture.patch(payload, for: segment)
        }
        return unsafe payload
    }
}
