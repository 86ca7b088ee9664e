import Primitives

/// Makes one continuous stream for a slot out of the packets of changing sources: sequence numbers, timestamps and
/// picture numbers go on where the last source stopped.
///
/// Loss upstream stays visible as a gap of the same width, so a viewer's NACK finds the packet in the source's buffer.
/// Plain data: copied and stored in flat records.
package struct StreamRewriter: Sendable {
    /// How the packets of one source are renumbered, from the packet it was switched on with.
    package struct Segment: Sendable {
        package var source: EncodingID
        /// The lane of the source that gives the packets their numbers, and which of those that the target has had.
        package var lane: DecodeTarget
        package var laneID: UInt32
        /// The source's first packet that belongs to this segment.
        package var firstSourceSequence: Int64
        /// What is added to the lane's extended sequence numbers.
        package var sequenceOffset: Int64
        package var timestampOffset: UInt32
        package var pictureIDOffset: UInt16
        package var tl0IndexOffset: UInt8
        /// Whether the number before the first was left out, and belongs to no packet.
        fileprivate(set) var followsGap = false
        /// The source's packets from this one on are live; of those before, the ones up to `anchorTimestamp` are caught up on.
        /// `Int64.min` where all are live. `Int64.max` until the first live one was sent, where `lead` is not zero: what is left of the
        /// anchor's picture must have the anchor's time.
        fileprivate(set) var liveSequence = Int64.min
        /// The source's newest timestamp that is caught up on; those before are drawn together before it.
        fileprivate(set) var anchorTimestamp: UInt32 = 0
        /// Ages before the anchor are divided by two to the power of this.
        fileprivate(set) var squeezeShift: UInt32 = 0
        /// Ticks by which the anchor is later than live pictures' time would have it.
        fileprivate(set) var lead: UInt32 = 0

        /// What is added to the picture numbers.
        package var pictures: PictureOffsets {
            PictureOffsets(pictureID: pictureIDOffset, tl0Index: tl0IndexOffset)
        }

        /// The first outgoing sequence number of the segment.
        package var firstSequence: Int64 { firstSourceSequence &+ sequenceOffset }

        package init(
            source: EncodingID, firstSourceSequence: Int64, sequenceOffset: Int64, timestampOffset: UInt32,
            pictureIDOffset: UInt16, tl0IndexOffset: UInt8, lane: DecodeTarget = .everything, laneID: UInt32 = 0
        ) {
            self.source = source
            self.firstSourceSequence = firstSourceSequence
            self.sequenceOffset = sequenceOffset
            self.timestampOffset = timestampOffset
            self.pictureIDOffset = pictureIDOffset
            self.tl0IndexOffset = tl0IndexOffset
            self.lane = lane
            self.laneID = laneID
        }

        /// The outgoing timestamp of a packet of the source.
        package func timestamp(of packet: borrowing StoredPacket) -> UInt32 {
            guard packet.number < liveSequence else { return packet.timestamp &+ timestampOffset }
            let age = Int32(bitPattern: anchorTimestamp &- packet.timestamp)
            guard age >= 0 else { return packet.timestamp &+ timestampOffset }
            return anchorTimestamp &+ timestampOffset &+ lead &- UInt32(bitPattern: age) &>> squeezeShift
        }
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
    /// RTP clock ticks by which switches have moved the outgoing timestamps ahead of the wall clock; later switches take them
    /// off again.
    private var aheadBy: UInt32 = 0
    private var lastPictureID: UInt16 = 0
    private var lastTL0Index: UInt8 = 0
    private var hasSent = false
    /// Whether the last packet ended its picture (RFC 3550 section 5.1, the marker bit).
    private var lastIsMarked = false
    /// Whether the next source begins after a number that is left out.
    private var leavesGap = false
    /// The lane of the next source that is switched to, and which of those that the target has had.
    private(set) var nextLane = DecodeTarget.everything
    private var nextLaneID: UInt32 = 0
    private var segmentCount = 0
    /// The newest first.
    private var segments: InlineArray<4, Segment>

    /// - Parameter firstSequence: the outgoing sequence number to begin with; RFC 3550 section 5.1 wants it random.
    package init(firstSequence: UInt16) {
        // One cycle up, so that the extended number is never negative; in the lower half, because receivers guess the
        // roll-over counter from the first packet they see.
        lastSequence = Int64(firstSequence & 0x7FFF) + 65_536
        let none = Segment(
            source: .none, firstSourceSequence: 0, sequenceOffset: 0, timestampOffset: 0, pictureIDOffset: 0,
            tl0IndexOffset: 0)
        segments = .init(repeating: none)
    }

    /// The segment in force, `nil` before the first source.
    package var current: Segment? { segmentCount > 0 ? segments[0] : nil }

    /// The last outgoing timestamp and when its packet had arrived, `nil` before the first packet.
    package var last: (timestamp: UInt32, at: MonotonicInstant)? { hasSent ? (lastTimestamp, lastTimestampAt) : nil }

    /// Continues the stream with `packet` as the first of another source.
    ///
    /// The timestamp is the picture's own time, where the two sources' clocks are known to each other. Else it moves on by the time
    /// that has passed since the last packet, so that the viewer's clock runs on.
    ///
    /// - Parameters:
    ///   - leastStep: the least time, in ticks, from the last packet's timestamp.
    ///   - distance: ticks from the source's clock to that of the source before; `nil` where it is not known.
    package mutating func switchSource(
        to source: EncodingID, from packet: StoredPacket, clockRate: UInt32, leastStep: UInt32 = 90,
        distance: UInt32? = nil
    ) {
        var segment = segment(of: source, from: packet)
        if hasSent, let distance {
            // A picture that was sent in the other source already comes a little later than it is; the next has its own time.
            segment.liveSequence = packet.number
            segment.anchorTimestamp = packet.timestamp
            draw(&segment, from: packet, to: packet, clockRate: clockRate, closest: 0, distance: distance)
            lastTimestampAt = packet.arrival
        } else if hasSent {
            let elapsed = ticks(since: lastTimestampAt, at: packet.arrival, clockRate: clockRate)
            segment.timestampOffset = lastTimestamp &+ takeStep(elapsed, atLeast: leastStep) &- packet.timestamp
        }
        push(segment)
    }

    /// What is to be added to the timestamps of a source whose clock is `distance` ticks before that of the present one.
    private func exactOffset(_ distance: UInt32) -> UInt32 {
        segments[0].timestampOffset &- aheadBy &+ distance
    }

    /// Ticks by which a picture of another source is older than what was sent last; negative where it is newer.
    ///
    /// - Parameter distance: ticks from the other source's clock to the present one's.
    package func age(of packet: borrowing StoredPacket, distance: UInt32) -> Int32 {
        guard hasSent else { return 0 }
        return Int32(bitPattern: lastTimestamp &- packet.timestamp &- exactOffset(distance))
    }

    /// Continues the stream with packets of another source that came before: from `first` up to `newest`, at which the
    /// source is live.
    ///
    /// What lies before `newest` gets timestamps drawn together just before that of `newest`, whose own moves on by the
    /// time that has passed. A viewer's jitter buffer takes timestamps for a clock: seconds of them within milliseconds
    /// would make it show everything later by these seconds. Where `newest` itself is old, as the last of a shared screen that
    /// does not change, it is as if it had come a moment ago; else the next would be that much early.
    ///
    /// - Parameters:
    ///   - closest: the least step between two timestamps of the run, where that is known: pictures stay apart.
    ///   - distance: ticks from the source's clock to that of the source before, where it is known: live pictures then have their
    ///     own time.
    package mutating func switchSource(
        to source: EncodingID, from first: StoredPacket, catchingUpWith newest: StoredPacket, clockRate: UInt32,
        closest: UInt32 = 0, distance: UInt32? = nil, now: MonotonicInstant
    ) {
        var segment = segment(of: source, from: first)
        segment.liveSequence = newest.number
        segment.anchorTimestamp = newest.timestamp
        if hasSent, let distance {
            draw(&segment, from: first, to: newest, clockRate: clockRate, closest: closest, distance: distance)
            push(segment)
            lastTimestampAt = newest.arrival
            return
        }
        let live =
            newest.arrival + .nanoseconds(max(now.nanoseconds &- newest.arrival.nanoseconds &- Self.longestWait, 0))
        if live > newest.arrival {
            segment.lead = ticks(since: newest.arrival, at: live, clockRate: clockRate)
            segment.liveSequence = .max
        }
        let span = UInt32(clamping: Int32(bitPattern: newest.timestamp &- first.timestamp))
        let elapsed = ticks(since: lastTimestampAt, at: live, clockRate: clockRate)
        let longest = hasSent ? min(clockRate / Self.catchUpFraction, elapsed) : clockRate / Self.catchUpFraction
        segment.squeezeShift = Self.shift(of: span, to: longest, closest: closest)
        if hasSent {
            let least = span &>> segment.squeezeShift &+ clockRate / 1_000
            segment.timestampOffset =
                lastTimestamp &+ takeStep(elapsed, atLeast: least) &- newest.timestamp &- segment.lead
        }
        push(segment)
        lastTimestampAt = live
    }

    /// Gives a run that is caught up on the time between what was sent last and the first live picture, which gets its own.
    private mutating func draw(
        _ segment: inout Segment, from first: StoredPacket, to newest: StoredPacket, clockRate: UInt32,
        closest: UInt32, distance: UInt32
    ) {
        let exact = exactOffset(distance)
        let leastStep = clockRate / 1_000
        let span = UInt32(clamping: Int32(bitPattern: newest.timestamp &- first.timestamp))
        let tick = max(closest, 2 &* leastStep)
        // From the last timestamp to that of the first live picture.
        let room = Int32(bitPattern: newest.timestamp &+ exact &+ tick &- lastTimestamp)
        let longest = min(UInt32(clamping: room &- 2 &* Int32(leastStep)), clockRate / Self.catchUpFraction)
        segment.squeezeShift = Self.shift(of: span, to: longest, closest: closest)
        // Of the newest that is caught up on, and how much later than its own time that is.
        let least = lastTimestamp &+ leastStep &+ span &>> segment.squeezeShift
        let late = Int32(bitPattern: least &- newest.timestamp &- exact)
        let lead = UInt32(clamping: late)
        aheadBy = lead &+ leastStep > tick ? lead &+ leastStep &- tick : 0
        segment.timestampOffset = exact &+ aheadBy
        segment.lead = lead &- aheadBy
        if segment.lead > 0 { segment.liveSequence = .max }
    }

    /// By which power of two ages of up to `span` ticks are divided so that they are no more than `longest`.
    ///
    /// - Parameter closest: the least step between two of them, which stay apart; 0 where it is not known.
    private static func shift(of span: UInt32, to longest: UInt32, closest: UInt32) -> UInt32 {
        // Two to the power of this is no more than the least step.
        let apart = closest == 0 ? 0 : 31 - UInt32(closest.leadingZeroBitCount)
        let most = max(apart, maximumSqueezeShift)
        var shift: UInt32 = 0
        while span &>> shift > longest, shift < most { shift &+= 1 }
        return shift
    }

    /// The newest packet that is caught up on counts as no older than this, in nanoseconds: more than the time between two
    /// pictures and their jitter, so that the next picture's timestamp is later than its own.
    private static let longestWait: Int64 = 100_000_000
    /// What is caught up on is drawn together to one part in so many of a second: 50 ms.
    private static let catchUpFraction: UInt32 = 20
    /// Where the least step is not known: frames stay apart up to 350 a second.
    private static let maximumSqueezeShift: UInt32 = 8

    private mutating func segment(of source: EncodingID, from packet: StoredPacket) -> Segment {
        var segment = Segment(
            source: source, firstSourceSequence: packet.number,
            sequenceOffset: lastSequence &+ 1 &- packet.number, timestampOffset: 0,
            pictureIDOffset: hasSent ? lastPictureID &+ 1 &- packet.picture.pictureID : 0,
            tl0IndexOffset: hasSent ? lastTL0Index &+ 1 &- packet.picture.tl0Index : 0,
            lane: nextLane, laneID: nextLaneID)
        segment.followsGap = leavesGap
        leavesGap = false
        return segment
    }

    /// The step to the timestamp of a new source where `elapsed` ticks have passed. What a step is longer than that is
    /// taken off later ones, so that many switches do not add up.
    private mutating func takeStep(_ elapsed: UInt32, atLeast least: UInt32) -> UInt32 {
        let wanted = elapsed > aheadBy ? elapsed &- aheadBy : 0
        let step = max(wanted, least)
        aheadBy = step &+ aheadBy > elapsed ? step &+ aheadBy &- elapsed : 0
        return step
    }

    private func ticks(since earlier: MonotonicInstant, at later: MonotonicInstant, clockRate: UInt32) -> UInt32 {
        let elapsed = max(later.nanoseconds &- earlier.nanoseconds, 0)
        let product = elapsed.multipliedFullWidth(by: Int64(clockRate))
        return UInt32(truncatingIfNeeded: Int64(1_000_000_000).dividingFullWidth(product).quotient)
    }

    /// Goes on with another lane of the current source, as if it had been that all the time: a packet that is missing keeps its
    /// number.
    ///
    /// - Parameters:
    ///   - position: the number of the next packet in the lane so far, and how many pictures that left out before it.
    ///   - other: likewise in the lane that begins.
    mutating func switchLane(
        to lane: DecodeTarget, id: UInt32, from position: Lane.Position, to other: Lane.Position
    ) {
        guard segmentCount > 0 else { return }
        var segment = segments[0]
        segment.lane = lane
        segment.laneID = id
        nextLane = lane
        nextLaneID = id
        segment.firstSourceSequence = other.number
        segment.sequenceOffset &+= position.number &- other.number
        segment.pictureIDOffset &+= other.pictures &- position.pictures
        if segment.liveSequence != .max { segment.liveSequence = .min }
        push(segment)
    }

    /// Names the lane of the next source that is switched to.
    mutating func setNextLane(_ lane: DecodeTarget, id: UInt32) {
        nextLane = lane
        nextLaneID = id
    }

    /// Whether a packet of the current source is later than all that were sent, and of a picture of which nothing was sent.
    ///
    /// - Parameter number: the packet's in the current lane, or what it would be.
    func beginsPicture(_ packet: borrowing StoredPacket, number: Int64) -> Bool {
        guard segmentCount > 0, number &+ segments[0].sequenceOffset > lastSequence else { return false }
        guard hasSent else { return true }
        return segments[0].timestamp(of: packet) != lastTimestamp
    }

    private mutating func push(_ segment: Segment) {
        var index = Self.segmentHistory - 1
        while index > 0 {
            segments[index] = segments[index - 1]
            index -= 1
        }
        segments[0] = segment
        segmentCount = min(segmentCount + 1, Self.segmentHistory)
    }

    /// Leaves one sequence number and one picture id out before the next source, where there was one before.
    package mutating func leaveGap() {
        guard hasSent else { return }
        lastSequence &+= 1
        lastPictureID &+= 1
        leavesGap = true
    }

    /// Leaves one sequence number out before the next source where the last picture's end was not sent: else receivers might take
    /// it for whole.
    package mutating func closePicture() {
        guard hasSent, !lastIsMarked, !leavesGap else { return }
        lastSequence &+= 1
        leavesGap = true
    }

    /// The outgoing numbers of a packet of the current source; `nil` where it is older than the switch.
    package mutating func rewrite(_ packet: borrowing StoredPacket) -> Numbers? {
        guard segmentCount > 0, packet.number >= segments[0].firstSourceSequence else { return nil }
        let sequence = packet.number &+ segments[0].sequenceOffset
        if segments[0].liveSequence == .max { goLive(with: packet) }
        let timestamp = segments[0].timestamp(of: packet)
        if sequence > lastSequence {
            lastSequence = sequence
            lastIsMarked = packet.isMarked
            if !hasSent || timestamp != lastTimestamp {
                lastTimestamp = timestamp
                // What is caught up on counts as of when it was live.
                if packet.number >= segments[0].liveSequence { lastTimestampAt = packet.arrival }
            }
            if packet.picture.width != .absent {
                lastPictureID = packet.picture.pictureID &+ segments[0].pictureIDOffset
                lastTL0Index = packet.picture.tl0Index &+ segments[0].tl0IndexOffset
            }
            hasSent = true
        }
        return Numbers(sequence: sequence, timestamp: timestamp)
    }

    /// Notes the first live packet after the anchor. Where its picture follows more closely than was foreseen, live pictures are
    /// later by what is missing.
    private mutating func goLive(with packet: borrowing StoredPacket) {
        guard Int32(bitPattern: packet.timestamp &- segments[0].anchorTimestamp) > 0 else { return }
        segments[0].liveSequence = packet.number
        let step = Int32(bitPattern: packet.timestamp &+ segments[0].timestampOffset &- lastTimestamp)
        guard hasSent, step < Self.leastStep else { return }
        let missing = Self.leastStep &- UInt32(bitPattern: step)
        segments[0].timestampOffset &+= missing
        segments[0].lead &-= missing
        aheadBy &+= missing
    }

    /// Between the timestamps of two pictures: a millisecond of video's clock.
    private static let leastStep: UInt32 = 90

    /// `rewrite` for every packet of a batch; `nil`, with nothing changed, where one would not be sent as the next in order
    /// or lies before what is live.
    @inline(__always) mutating func rewrite(_ summary: UnsafePointer<BatchSummary>) -> BatchOffsets? {
        let first = unsafe summary.pointee.firstSequence
        guard segmentCount > 0, first >= segments[0].firstSourceSequence, first >= segments[0].liveSequence,
            first &+ segments[0].sequenceOffset > lastSequence
        else { return nil }
        let offsets = BatchOffsets(
            sequence: segments[0].sequenceOffset, timestamp: segments[0].timestampOffset,
            changesPictures: unsafe segments[0].pictureIDOffset != 0 || segments[0].tl0IndexOffset != 0
                || summary.pointee.movesPictures,
            pictures: segments[0].pictures)
        lastSequence = unsafe summary.pointee.lastSequence &+ offsets.sequence
        lastIsMarked = unsafe summary.pointee.lastIsMarked
        let timestamp = unsafe summary.pointee.lastTimestamp &+ offsets.timestamp
        if unsafe !hasSent || summary.pointee.hasSeveralTimestamps || timestamp != lastTimestamp {
            lastTimestamp = timestamp
            lastTimestampAt = unsafe summary.pointee.lastTimestampAt
        }
        if unsafe summary.pointee.lastPicture.width != .absent {
            lastPictureID = unsafe summary.pointee.lastPicture.pictureID &+ segments[0].pictureIDOffset
            lastTL0Index = unsafe summary.pointee.lastPicture.tl0Index &+ segments[0].tl0IndexOffset
        }
        hasSent = true
        return offsets
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
            let first = segments[index].firstSequence
            if extended >= first { return (extended, segments[index]) }
            if extended == first &- 1, segments[index].followsGap { return nil }
            index += 1
        }
        return nil
    }
}

extension PictureNumbers {
    /// Whether a renumbering changes the descriptor's octets.
    package func needsPatch(_ offsets: PictureOffsets) -> Bool {
        width != .absent && (isMoved || offsets.pictureID != 0 || offsets.tl0Index != 0)
    }

    /// Overwrites the picture numbers in a copy of the payload.
    ///
    /// - Parameter payload: the payload's first octet; both offsets were checked to lie in the payload when it was
    ///   parsed.
    package func patch(_ payload: UnsafeMutablePointer<UInt8>, for offsets: PictureOffsets) {
        let number = pictureID &+ offsets.pictureID
        let offset = Int(pictureIDOffset)
        switch width {
        case .absent: return
        case .short: unsafe payload[offset] = UInt8(truncatingIfNeeded: number & 0x7F)
        case .long:
            unsafe payload[offset] = 0x80 | UInt8(truncatingIfNeeded: number &>> 8 & 0x7F)
            unsafe payload[offset + 1] = UInt8(truncatingIfNeeded: number)
        }
        if tl0IndexOffset != 0 {
            unsafe payload[Int(tl0IndexOffset)] = tl0Index &+ offsets.tl0Index
        }
    }
}

/// What is added to the picture numbers in the payloads of a segment, both wrapping.
package struct PictureOffsets: Equatable, Sendable {
    package var pictureID: UInt16
    package var tl0Index: UInt8
}
