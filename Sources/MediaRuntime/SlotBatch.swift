import Forwarding
import Primitives
import SRTP
import Transport

/// A batch of packets on its way to one slot: what differs from the same batch to another slot.
@unsafe struct SlotBatch<Sealer: BatchSealer> {
    let subscription: UnsafeMutablePointer<Subscription>
    private var sealer: Sealer
    /// From the publisher's sequence numbers to the slot's packet indices.
    private let indexOffset: Int64
    private let timestampOffset: UInt32
    private let changesPictures: Bool
    private let history: SendHistoryReference?
    /// What the history notes of the message's packets, see `SendHistoryReference.stamp`.
    var stamp: UInt64 = 0
    /// Extended; of the next packet.
    private var transportSequence: Int64
    /// 0 where the slot's packets have no transport-wide numbers.
    private let step: Int64

    /// Takes the transport-wide numbers of the whole batch.
    init(
        content: UnsafePointer<FrameBatch.Content>, subscription: UnsafeMutablePointer<Subscription>,
        peer: UnsafeMutablePointer<PeerEgress>, offsets: BatchOffsets, sealer: Sealer
    ) {
        unsafe self.subscription = subscription
        unsafe self.sealer = sealer
        unsafe indexOffset = offsets.sequence &- Egress.firstIndex
        unsafe timestampOffset = offsets.timestamp
        unsafe changesPictures = offsets.changesPictures
        unsafe history = peer.pointee.history
        unsafe step = subscription.pointee.template.transportSequenceOffset != 0 ? 1 : 0
        unsafe transportSequence =
            peer.pointee.takeTransportSequences(Int(step) &* content.pointee.packets.count)
    }

    /// Seals packets next to each other: the loop in which a worker spends most of its own time.
    ///
    /// - Parameters:
    ///   - slot: in memory, and not `self`, so that its fields are read where they are used, in place of being copied to this
    ///     function's stack first.
    ///   - start: space for them, see `BatchMessage.capacity`.
    /// - Returns: their octets; 0 where one cannot be sealed.
    @inline(never) static func seal(
        _ slot: UnsafeMutablePointer<SlotBatch>, _ first: UnsafePointer<BatchPacket>, count: Int,
        to start: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var destination = unsafe start
        var packet = unsafe first
        let end = unsafe first + count
        while unsafe packet != end {
            let index = unsafe packet.pointee.sequence &+ slot.pointee.indexOffset
            unsafe slot.pointee.subscription.pointee.template.write(
                packet, sequence: index, timestamp: packet.pointee.timestamp &+ slot.pointee.timestampOffset,
                transportSequence: slot.pointee.transportSequence, to: destination)
            var payload = unsafe packet.pointee.payload
            if unsafe slot.pointee.changesPictures {
                unsafe payload = patched(packet, for: slot.pointee.subscription, in: destination)
            }
            let sealed = unsafe slot.pointee.sealer.seal(
                index: UInt64(bitPattern: index), packet: destination, payload: payload,
                payloadCount: packet.pointee.count)
            guard let sealed else { return 0 }
            unsafe slot.pointee.history?.note(
                slot.pointee.transportSequence, octets: sealed, stamp: slot.pointee.stamp)
            unsafe slot.pointee.transportSequence &+= slot.pointee.step
            unsafe destination += sealed
            unsafe packet += 1
        }
        return unsafe destination - start
    }

    /// The payload with the slot's picture numbers, where it has any. The shared plaintext stays as it is: a copy is
    /// patched, and sealed in place.
    @inline(never) private static func patched(
        _ packet: UnsafePointer<BatchPacket>, for subscription: UnsafeMutablePointer<Subscription>,
        in destination: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard let segment = unsafe subscription.pointee.rewriter.current,
            unsafe packet.pointee.picture.needsPatch(segment)
        else {
            return unsafe packet.pointee.payload
        }
        let payload = unsafe destination + subscription.pointee.template.count
        unsafe payload.update(from: packet.pointee.payload, count: packet.pointee.count)
        unsafe packet.pointee.picture.patch(payload, for: segment)
        return unsafe payload
    }
}

/// Seals the packets of a batch for one slot.
protocol BatchSealer {
    /// Protects one packet and returns its length; see `SealingEngine.seal`.
    mutating func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int?
}

extension GCMBatch: BatchSealer {
    @inline(__always) mutating func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int? {
        let octets: Int = unsafe seal(index: index, packet: packet, payload: payload, payloadCount: payloadCount)
        return octets
    }
}

/// Seals whatever the engine and the key are.
struct EngineBatchSealer: BatchSealer {
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
