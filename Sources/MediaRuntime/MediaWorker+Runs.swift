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
        let chosen = track.chosenEncoding.map { track.encodings[$0].number }
        unsafe track.pending.withUnsafeBufferPointer { pending in
            guard let chosen, let run = unsafe PacketRun(of: chosen, in: pending) else { return runPackets.removeAll() }
            unsafe runPackets.fill(from: pending, of: run, kind: track.kind, joinsRuns: batch.joinsRuns)
        }
        unsafe runPackets.withRun { run in
            unsafe track.subscribers.withUnsafeBufferPointer { subscribers in
                for index in subscribers.indices {
                    unsafe prefetch(subscribers, after: index)
                    let down = unsafe downTracks[subscribers[index]]
                    let sender = unsafe senders[down.pointee.transport]
                    guard let route = unsafe sender.pointee?.route, let key = unsafe sender.pointee?.key else {
                        continue
                    }
                    if let run = unsafe run, let offsets = unsafe down.pointee.take(run.summary) {
                        unsafe forward(
                            run, by: offsets, through: down, sender: sender, route: route, key: key, now: now)
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
        _ run: RunPackets.Run, by offsets: RunOffsets, through down: UnsafeMutablePointer<DownTrack>,
        sender: UnsafeMutablePointer<Sender?>, route: borrowing Route, key: SealingKeyReference, now: MonotonicInstant
    ) {
        let ssrc = unsafe down.pointee.ssrc
        let headerCount = unsafe down.pointee.template.count
        let gcm = unsafe engine.gcmRun(
            key, ssrc: ssrc, headerCount: headerCount, largestPayload: run.largestPayload,
            lastIndex: Self.packetIndex(run.lastSequence &+ offsets.sequence))
        var octets = 0
        var sent = 0
        for place in unsafe run.messages.indices {
            let message = unsafe run.messages[place]
            if !batch.hasRoom(octets: message.room) { flush() }
            let room = unsafe batch.reserve(octets: message.room)
            let sealed =
                if let gcm {
                    unsafe seal(
                        message, of: run, with: gcm, by: offsets, through: down, sender: sender, to: room, now: now)
                } else {
                    unsafe seal(
                        message, of: run, with: EngineRun(engine: engine, key: key, ssrc: ssrc, headerCount: headerCount),
                        by: offsets, through: down, sender: sender, to: room, now: now)
                }
            guard sealed != 0 else { continue }
            batch.commit(message: sealed, segment: message.segment &+ headerCount &+ key.overhead, to: route)
            octets &+= sealed
            sent &+= message.count
        }
        if unsafe sent != run.packets.count { drops.count(.sendFailed, by: unsafe UInt64(run.packets.count - sent)) }
        statistics.datagramsSent &+= UInt64(truncatingIfNeeded: sent)
        statistics.octetsSent &+= UInt64(truncatingIfNeeded: octets)
        statistics.packetsForwarded &+= UInt64(truncatingIfNeeded: sent)
    }

    /// Seals one message: the loop in which a worker spends most of its own time. Apart, so that what it needs stays in
    /// registers.
    ///
    /// - Parameter start: room for the message.
    /// - Returns: its octets; 0 where a packet cannot be sealed.
    @inline(never) private func seal(
        _ message: RunMessage, of run: RunPackets.Run, with sealer: some RunSealer, by offsets: RunOffsets,
        through down: UnsafeMutablePointer<DownTrack>, sender: UnsafeMutablePointer<Sender?>,
        to start: UnsafeMutablePointer<UInt8>, now: MonotonicInstant
    ) -> Int {
        let history = unsafe sender.pointee?.history
        let noted = SendHistoryReference.microseconds(now)
        let step: Int64 = unsafe down.pointee.template.transportSequenceOffset != 0 ? 1 : 0
        var transportSequence = unsafe sender.pointee?.takeTransportSequences(Int(step) &* message.count) ?? 0
        var room = unsafe start
        var packet = unsafe run.packet(message.first)
        let end = unsafe packet + message.count
        while unsafe packet != end {
            let sequence = unsafe packet.pointee.sequence &+ offsets.sequence
            unsafe down.pointee.template.write(
                packet, sequence: sequence, timestamp: packet.pointee.timestamp &+ offsets.timestamp,
                transportSequence: transportSequence, to: room)
            var payload = unsafe packet.pointee.payload
            if offsets.changesPictures { unsafe payload = patched(packet, for: down, in: room) }
            let sealed = unsafe sealer.seal(
                index: Self.packetIndex(sequence), packet: room, payload: payload, payloadCount: packet.pointee.count)
            guard let sealed else { return 0 }
            history?.note(transportSequence, octets: sealed, microseconds: noted)
            transportSequence &+= step
            unsafe room += sealed
            unsafe packet += 1
        }
        return unsafe room - start
    }

    /// The payload with the slot's picture numbers, where it has any. The shared plaintext stays as it is: a copy is
    /// patched, and sealed in place.
    @inline(never) private func patched(
        _ packet: UnsafePointer<RunPacket>, for down: UnsafeMutablePointer<DownTrack>,
        in room: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard let segment = unsafe down.pointee.rewriter.current, unsafe packet.pointee.picture.needsPatch(segment) else {
            return unsafe packet.pointee.payload
        }
        let payload = unsafe room + down.pointee.template.count
        unsafe payload.update(from: packet.pointee.payload, count: packet.pointee.count)
        unsafe packet.pointee.picture.patch(payload, for: segment)
        return unsafe payload
    }
}

/// What seals the packets of a run for one slot.
private protocol RunSealer {
    /// Protects one packet and returns its length; see `SealingEngine.seal`.
    func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int?
}

extension GCMRun: RunSealer {
    @inline(__always) fileprivate func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int? {
        let octets: Int = unsafe seal(index: index, packet: packet, payload: payload, payloadCount: payloadCount)
        return octets
    }
}

/// Whatever the engine and the key are.
private struct EngineRun: RunSealer {
    let engine: SealingEngine
    let key: SealingKeyReference
    let ssrc: UInt32
    let headerCount: Int

    func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int? {
        unsafe engine.seal(
            key, index: index, ssrc: ssrc, packet: packet, headerCount: headerCount, payload: payload,
            payloadCount: payloadCount)
    }
}
