import Primitives

/// Makes one continuous stream for a slot out of the packets of changing sources: sequence numbers, timestamps and
/// picture numbers go on where the last source stopped.
///
/// Loss upstream stays visible as a gap of the same width, so a viewer's NACK finds the packet in the source's buffer.
/// Plain data: copied and stored in flat records.
package struct StreamRewriter: Sendable {
    /// How the packets of one source are renumbered, from the packet it was switched on with.
    package struct Segment: Sendable {
        /// Names the source: the same number as `switchSource` was given.
        package var source: Int
        /// The source's first packet that belongs to this segment.
        package var firstSourceSequence: Int64
        /// What is added to the source's extended sequence numbers.
        package var sequenceOffset: Int64
        package var timestampOffset: UInt32
        package var pictureIDOffset: UInt16
        package var tl0IndexOffset: UInt8

        /// The first outgoing sequence number of the segment.
        package var firstSequence: Int64 { firstSourceSequence &+ sequenceOffset }
    }

    /// The new numbers of a packet.
    package struct Numbers: Equatable, Sendable {
        /// Extended: the lower 16 bits go into the header, the rest is the roll-over counter of SRTP.
        package var sequence: Int64
        package var timestamp: UInt32
    }

    /// Segments kept to find the source of a retransmission that a viewer asks for after a switch.
    package static let segmentHistory = 4

    /// The highest outgoing sequence number so far.
    package private(set) var lastSequence: Int64
    private var lastTimestamp: UInt32 = 0
    private var lastTimestampAt = MonotonicInstant.zero
    private var lastPictureID: UInt16 = 0
    private var lastTL0Index: UInt8 = 0
    private var hasSent = false
    /// The newest first.
    private var segments: InlineArray<4, Segment>
    private var segmentCount = 0

    /// - Parameter firstSequence: the outgoing sequence number to begin with; RFC 3550 section 5.1 wants it random.
    package init(firstSequence: UInt16) {
        // One cycle up, so that the extended number is never negative; in the lower half, because receivers guess the
        // roll-over counter from the first packet they see.
        lastSequence = Int64(firstSequence & 0x7FFF) + 65_536
        let none = Segment(
            source: -1, firstSourceSequence: 0, sequenceOffset: 0, timestampOffset: 0, pictureIDOffset: 0,
            tl0IndexOffset: 0)
        segments = .init(repeating: none)
    }

    /// The segment in force, `nil` before the first source.
    package var current: Segment? { segmentCount > 0 ? segments[0] : nil }

    /// The last outgoing timestamp and when its packet had arrived, `nil` before the first packet.
    package var last: (timestamp: UInt32, at: MonotonicInstant)? { hasSent ? (lastTimestamp, lastTimestampAt) : nil }

    /// Continues the stream with `packet` as the first of another source.
    ///
    /// The timestamp moves on by the time that has passed since the last packet, so that the viewer's clock runs on.
    package mutating func switchSource(to source: Int, from packet: StoredPacket, clockRate: UInt32) {
        var segment = Segment(
            source: source, firstSourceSequence: packet.sequence,
            sequenceOffset: lastSequence &+ 1 &- packet.sequence,
            timestampOffset: 0, pictureIDOffset: 0, tl0IndexOffset: 0)
        if hasSent {
            let elapsed = max(packet.arrival.nanoseconds &- lastTimestampAt.nanoseconds, 1_000_000)
            let ticks = elapsed.multipliedFullWidth(by: Int64(clockRate))
            let (quotient, _) = Int64(1_000_000_000).dividingFullWidth(ticks)
            segment.timestampOffset = lastTimestamp &+ UInt32(truncatingIfNeeded: quotient) &- packet.timestamp
            segment.pictureIDOffset = lastPictureID &+ 1 &- packet.picture.pictureID
            segment.tl0IndexOffset = lastTL0Index &+ 1 &- packet.picture.tl0Index
        }
        var index = Self.segmentHistory - 1
        while index > 0 {
            segments[index] = segments[index - 1]
            index -= 1
        }
        segments[0] = segment
        segmentCount = min(segmentCount + 1, Self.segmentHistory)
    }

    /// The outgoing numbers of a packet of the current source; `nil` where it is older than the switch.
    package mutating func rewrite(_ packet: borrowing StoredPacket) -> Numbers? {
        guard segmentCount > 0, packet.sequence >= segments[0].firstSourceSequence else { return nil }
        let sequence = packet.sequence &+ segments[0].sequenceOffset
        let timestamp = packet.timestamp &+ segments[0].timestampOffset
        if sequence > lastSequence {
            lastSequence = sequence
            if !hasSent || timestamp != lastTimestamp {
                lastTimestamp = timestamp
                lastTimestampAt = packet.arrival
            }
            if packet.picture.width != .absent {
                lastPictureID = packet.picture.pictureID &+ segments[0].pictureIDOffset
                lastTL0Index = packet.picture.tl0Index &+ segments[0].tl0IndexOffset
            }
            hasSent = true
        }
        return Numbers(sequence: sequence, timestamp: timestamp)
    }

    /// Finds the segment that an outgoing 16-bit sequence number belongs to, and the extended number.
    ///
    /// `nil` where the number was never sent or is older than the history.
    package func locate(_ sequence: UInt16) -> (sequence: Int64, segment: Segment)? {
        guard hasSent else { return nil }
        let delta = Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: lastSequence))
        let extended = lastSequence &+ Int64(delta)
        guard extended <= lastSequence else { return nil }
        var index = 0
        while index < segmentCount {
            if extended >= segments[index].firstSequence { return (extended, segments[index]) }
            index += 1
        }
        return nil
    }
}

extension PictureNumbers {
    /// Whether a segment's renumbering changes the descriptor's octets.
    package func needsPatch(_ segment: StreamRewriter.Segment) -> Bool {
        width != .absent && (segment.pictureIDOffset != 0 || segment.tl0IndexOffset != 0)
    }

    /// Overwrites the picture numbers in a copy of the payload.
    ///
    /// - Parameter payload: the payload's first octet; both offsets were checked to lie in the payload when it was
    ///   parsed.
    package func patch(_ payload: UnsafeMutablePointer<UInt8>, for segment: StreamRewriter.Segment) {
        let number = pictureID &+ segment.pictureIDOffset
        let offset = Int(pictureIDOffset)
        switch width {
        case .absent: return
        case .short: unsafe payload[offset] = UInt8(truncatingIfNeeded: number & 0x7F)
        case .long:
            unsafe payload[offset] = 0x80 | UInt8(truncatingIfNeeded: number &>> 8 & 0x7F)
            unsafe payload[offset + 1] = UInt8(truncatingIfNeeded: number)
        }
        if tl0IndexOffset != 0 {
            unsafe payload[Int(tl0IndexOffset)] = tl0Index &+ segment.tl0IndexOffset
        }
    }
}
