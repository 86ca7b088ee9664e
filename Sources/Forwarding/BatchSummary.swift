import Primitives

/// The packets of one encoding that leave together, summed up once, so that a subscription in step with them takes them all with
/// one decision: see `Subscription.take`.
package struct BatchSummary {
    package let encoding: EncodingID
    /// The lane whose packets these are.
    package let lane: DecodeTarget
    /// Where live subscriptions stand before and behind the packets.
    let head: Int64
    let end: Int64
    package let count: Int
    let payloadType: UInt8
    /// Octets of payload, wrapping.
    let octets: UInt32
    let firstSequence: Int64
    let lastSequence: Int64
    let lastTimestamp: UInt32
    /// When the first packet with the last timestamp came.
    let lastTimestampAt: MonotonicInstant
    let hasSeveralTimestamps: Bool
    /// Whether the last packet ends its picture.
    let lastIsMarked: Bool
    /// Whether the lane leaves pictures out before some of the packets.
    let movesPictures: Bool
    /// Of the last packet that has such numbers; absent where none has.
    let lastPicture: PictureNumbers

    /// `nil` where there is nothing to be decided at once: no packet, not in order, several payload types, or redundant
    /// audio, which may be unwrapped.
    package init?(
        of encoding: EncodingID, lane: DecodeTarget = .everything, in pending: UnsafeBufferPointer<PendingPacket>,
        head: Int64, end: Int64
    ) {
        var count = 0
        var payloadType: UInt8 = 0
        var octets: UInt32 = 0
        var first: Int64 = -1
        var last: Int64 = -1
        var timestamp: UInt32 = 0
        var timestampAt = MonotonicInstant.zero
        var hasSeveral = false
        var picture = PictureNumbers()
        var isMarked = false
        var isMoved = false
        for index in pending.indices {
            let packet = unsafe pending[index].packet
            guard unsafe packet.pointee.number > last, unsafe packet.pointee.redundancy.primaryOffset == 0 else {
                return nil
            }
            if count == 0 {
                payloadType = unsafe packet.pointee.payloadType
                first = unsafe packet.pointee.number
            }
            guard unsafe packet.pointee.payloadType == payloadType else { return nil }
            if unsafe count == 0 || packet.pointee.timestamp != timestamp {
                hasSeveral = count != 0
                timestamp = unsafe packet.pointee.timestamp
                timestampAt = unsafe packet.pointee.arrival
            }
            if unsafe packet.pointee.picture.width != .absent { picture = unsafe packet.pointee.picture }
            if unsafe packet.pointee.picture.isMoved { isMoved = true }
            last = unsafe packet.pointee.number
            isMarked = unsafe packet.pointee.isMarked
            octets &+= unsafe UInt32(truncatingIfNeeded: packet.pointee.payloadCount)
            count += 1
        }
        guard count > 0 else { return nil }
        self.encoding = encoding
        self.lane = lane
        self.head = head
        self.end = end
        self.count = count
        self.payloadType = payloadType
        self.octets = octets
        firstSequence = first
        lastSequence = last
        lastTimestamp = timestamp
        lastTimestampAt = timestampAt
        hasSeveralTimestamps = hasSeveral
        lastIsMarked = isMarked
        lastPicture = picture
        movesPictures = isMoved
    }
}

/// What is added to the numbers of a batch's packets for one slot.
package struct BatchOffsets: Equatable, Sendable {
    package var sequence: Int64
    package var timestamp: UInt32
    /// Whether picture numbers in the payloads change as well, and what is added to them.
    package var changesPictures: Bool
    package var pictures: PictureOffsets
}

extension Subscription {
    /// Takes a whole batch: what `offer` does with each of its packets, at once.
    ///
    /// - Returns: `nil`, with nothing changed, where the packets must be offered one by one: the slot shows another
    ///   encoding, catches up, or has not resolved the payload type.
    package mutating func take(_ summary: UnsafePointer<BatchSummary>) -> BatchOffsets? {
        guard unsafe currentEncoding == summary.pointee.encoding, unsafe settledLane == summary.pointee.lane.rawValue,
            unsafe next >= summary.pointee.head,
            unsafe isResolved(for: summary.pointee.payloadType), let offsets = unsafe rewriter.rewrite(summary)
        else { return nil }
        unsafe note(packets: UInt32(truncatingIfNeeded: summary.pointee.count), octets: summary.pointee.octets)
        next = unsafe summary.pointee.end
        return offsets
    }
}
