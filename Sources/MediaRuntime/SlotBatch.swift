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
    private let pictures: PictureOffsets
    private let history: SendHistoryReference?
    /// What the history notes of the message's packets, see `SendHistoryReference.stamp`.
    var stamp: UInt64 = 0
    /// The transport-wide number of the batch's first packet, extended; the others follow by their places.
    private let transportSequence: Int64

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
        unsafe pictures = offsets.pictures
        unsafe history = peer.pointee.history
        let hasNumbers = unsafe subscription.pointee.template.transportSequenceOffset != 0
        unsafe transportSequence =
            peer.pointee.takeTransportSequences(hasNumbers ? content.pointee.packets.count : 0)
    }

    /// Octets of a sealed packet.
    @inline(__always) func octets(payloadCount: Int) -> Int { unsafe sealer.octets(payloadCount: payloadCount) }

    /// Seals packets next to each other: the loop in which a worker spends most of its own time. What is needed after the
    /// cipher's call is worked out before it, so that few values must outlive the call.
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
            let number = unsafe slot.pointee.transportSequence &+ Int64(packet.pointee.place)
            let subscription = unsafe slot.pointee.subscription
            unsafe Subscription.writeHeader(
                of: packet, through: subscription, sequence: index,
                timestamp: packet.pointee.timestamp &+ slot.pointee.timestampOffset, to: destination)
            let octets = unsafe slot.pointee.sealer.octets(payloadCount: packet.pointee.count)
            if unsafe subscription.pointee.template.transportSequenceOffset != 0 {
                unsafe Subscription.writeTransportSequence(number, through: subscription, to: destination)
                unsafe slot.pointee.history?.note(number, octets: octets, stamp: slot.pointee.stamp)
            }
            var payload = unsafe packet.pointee.payload
            if unsafe slot.pointee.changesPictures {
                unsafe payload = patched(packet, of: slot, in: destination)
            }
            let isSealed = unsafe slot.pointee.sealer.seal(
                index: UInt64(bitPattern: index), packet: destination, payload: payload,
                payloadCount: packet.pointee.count)
            guard isSealed else { return 0 }
            unsafe destination += octets
            unsafe packet += 1
        }
        return unsafe destination - start
    }

    /// The payload with the slot's picture numbers, where it has any. The shared plaintext stays as it is: a copy is
    /// patched, and sealed in place.
    @inline(never) private static func patched(
        _ packet: UnsafePointer<BatchPacket>, of slot: UnsafeMutablePointer<SlotBatch>,
        in destination: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let shared = unsafe packet.pointee.payload
        guard unsafe packet.pointee.picture.needsPatch(slot.pointee.pictures) else { return unsafe shared }
        let payload = unsafe destination + slot.pointee.subscription.pointee.template.count
        unsafe payload.update(from: shared, count: packet.pointee.count)
        unsafe packet.pointee.picture.patch(payload, for: slot.pointee.pictures)
        return unsafe payload
    }
}

/// Seals the packets of a batch for one slot.
protocol BatchSealer {
    /// Octets of a protected packet.
    func octets(payloadCount: Int) -> Int

    /// Protects one packet; see `SealingEngine.seal`.
    ///
    /// - Returns: whether that was possible.
    mutating func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Bool
}

extension GCMBatch: BatchSealer {
    @inline(__always) func octets(payloadCount: Int) -> Int { packetOctets(payloadCount: payloadCount) }

    @inline(__always) mutating func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Bool {
        let _: Int = unsafe seal(index: index, packet: packet, payload: payload, payloadCount: payloadCount)
        return true
    }
}

/// Seals whatever the engine and the key are.
struct EngineBatchSealer: BatchSealer {
    let engine: SealingEngine
    let key: SealingKeyReference
    let ssrc: UInt32
    let headerCount: Int

    func octets(payloadCount: Int) -> Int { headerCount &+ payloadCount &+ key.overhead }

    func seal(
        index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Bool {
        unsafe engine.seal(
            key, index: index, ssrc: ssrc, packet: packet, headerCount: headerCount, payload: payload,
            payloadCount: payloadCount) != nil
    }
}
