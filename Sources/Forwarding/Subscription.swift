import Primitives
import RTP

/// What one slot is sent: from which encoding, how far it is, and how the packets are rewritten for it.
///
/// A subscription is a cursor in the buffer of its current encoding: `next` is the publisher's packet that it gets next. Live
/// forwarding is the cursor at the encoding's head; a subscription behind the head catches up in budgets. Plain data in a flat
/// record, so that the fan-out touches no reference.
package struct Subscription {
    /// What a packet means for the slot.
    package enum OnPacket: Sendable {
        /// Send it with these numbers.
        case send(StreamRewriter.Numbers)
        /// Not of the current encoding, or older than the switch, or its turn comes later.
        case skip
        /// The publisher changed its payload type: `resolve` must be called, then the packet offered again.
        case unknownPayloadType
        /// A keyframe of the target whose picture is much older than what is shown: another one is to be waited for.
        case tooOld
    }

    /// Ticks of video by which the target's keyframe may be older than what is shown; where it is more, one further keyframe is waited
    /// for, since the delay may pass. 50 ms.
    package static let mostLateness: Int32 = 4_500

    /// Why what a subscription is sent lies behind the encoding's head.
    package enum Rest: Sendable {
        case none
        /// It began with an earlier keyframe.
        case catchUp
        /// The path to its viewer takes no more at the moment.
        case lag
    }

    // First, and next to each other, what a slot in step with a batch needs: `Egress.prefetch` brings so much near.

    /// The header that the slot's media has now.
    package private(set) var template: HeaderTemplate
    /// The lane that is sent and is to be sent on, by its raw value; `isUnsettled` while the two differ.
    private(set) var settledLane = DecodeTarget.everything.rawValue
    private static let isUnsettled: UInt8 = 0xFF
    /// The source's payload type that `payloadType`, `rtxPayloadType` and `redundancy` were resolved for.
    private var sourcePayloadType: UInt8 = 0xFF
    /// Whether the viewer has a payload type for what the source sends.
    package private(set) var canDecode = true
    package let ssrc: UInt32
    package private(set) var packetsSent: UInt32 = 0
    /// Payload octets (RFC 3550 section 6.4.1), wrapping.
    package private(set) var octetsSent: UInt32 = 0
    /// The cursor: the number of the current encoding's packet that is sent next. At the encoding's head, or beyond, the
    /// subscription is live.
    package internal(set) var next: Int64 = 0
    /// The encoding that is being sent.
    package private(set) var currentEncoding: EncodingID?
    package internal(set) var rewriter: StreamRewriter

    /// Where the packets go.
    package let sink: Sink
    package let kind: MediaKind
    /// 0 where RTX is not negotiated.
    package let rtxSSRC: UInt32
    package let header: HeaderLayout
    /// The number in each packet's CSRC list.
    package private(set) var csrc: UInt32 = 0
    package private(set) var clockRate: UInt32
    package private(set) var payloadType: UInt8 = 0
    /// 0 where retransmissions cannot be sent.
    package private(set) var rtxPayloadType: UInt8 = 0
    /// How redundant audio is sent.
    package private(set) var redundancy = RedundantAudio.Handling.asItIs
    /// The encoding that shall be sent; differs from the current one until a viewer can begin with a packet of it.
    package private(set) var target: EncodingID?
    /// The lane of the current encoding that is being sent, and the lane that shall be sent of the target.
    package private(set) var lane = DecodeTarget.everything { didSet { noteSettled() } }
    package internal(set) var targetLane = DecodeTarget.everything { didSet { noteSettled() } }
    /// When the target became another than the current encoding; `nil` while they are the same or there is no target.
    package private(set) var waitingSince: MonotonicInstant?
    /// Whether a keyframe of the target was passed over because it was too old.
    private var hasWaited = false
    /// When the slot last began to catch up.
    package private(set) var lastCatchUp: MonotonicInstant?
    /// Why the subscription is among those that are sent the rest of the buffer in parts.
    package internal(set) var rest = Rest.none
    /// Whether the stream goes on from another source since `takeSwitch` was called.
    private var hasSwitched = false
    /// Whether it goes on in another lane since `takeLaneSwitch` was called.
    private var hasSwitchedLane = false
    /// Extended; the next RTX packet gets the next one.
    package private(set) var rtxSequence: Int64

    /// - Parameter random: for the first sequence numbers of media and RTX.
    package init(sink: Sink, parameters: SendParameters, random: UInt32) {
        self.sink = sink
        kind = parameters.kind
        ssrc = parameters.ssrc.rawValue
        rtxSSRC = parameters.rtxSSRC?.rawValue ?? 0
        header = HeaderLayout(extensions: parameters.extensions, kind: parameters.kind)
        template = HeaderTemplate(header, payloadType: 0, ssrc: ssrc, csrc: 0)
        clockRate = parameters.kind == .audio ? 48_000 : 90_000
        rewriter = StreamRewriter(firstSequence: UInt16(truncatingIfNeeded: random))
        rtxSequence = Int64(random &>> 16 & 0x7FFF) + 65_536
    }

    /// Takes another track, or none: what was carried ends here, and the next packet of the new one goes on from it.
    package mutating func refill(csrc: UInt32) {
        self.csrc = csrc
        interrupt()
        sourcePayloadType = 0xFF
        canDecode = true
        makeTemplate()
    }

    /// The track's packets are not all offered for a while: the next that is sent begins anew with a keyframe, and goes on
    /// from the last.
    package mutating func interrupt() {
        currentEncoding = nil
        next = 0
    }

    /// Sets the encoding that shall be sent.
    package mutating func aim(at target: EncodingID?, now: MonotonicInstant) {
        if self.target != target { hasWaited = false }
        self.target = target
        waitingSince = target == nil || target == currentEncoding ? nil : now
    }

    /// Whether packets of the current encoding, whose head this is, are still to be sent out of its buffer.
    package func isBehind(_ head: Int64) -> Bool { currentEncoding != nil && next < head }

    private mutating func noteSettled() { settledLane = lane == targetLane ? lane.rawValue : Self.isUnsettled }

    /// Names the lane of the next encoding that is begun.
    mutating func setNextLane(_ lane: DecodeTarget, id: UInt32) { rewriter.setNextLane(lane, id: id) }

    /// Goes on in another lane of the current encoding from a packet on that has `position` in the present one and `other` in that.
    mutating func switchLane(to lane: DecodeTarget, id: UInt32, from position: Lane.Position, to other: Lane.Position) {
        rewriter.switchLane(to: lane, id: id, from: position, to: other)
        self.lane = lane
        hasSwitchedLane = true
    }

    /// Whether the stream goes on in another lane since the last call.
    mutating func takeLaneSwitch() -> Bool {
        defer { hasSwitchedLane = false }
        return hasSwitchedLane
    }

    /// Notes how the source's payload type is written for this viewer; `nil` where the viewer cannot decode it.
    ///
    /// - Parameter redundancy: how redundant audio is sent, where the source sends that.
    package mutating func resolve(
        sourcePayloadType: UInt8, as mapping: PayloadMapping?, redundancy: RedundantAudio.Handling = .asItIs
    ) {
        self.redundancy = redundancy
        self.sourcePayloadType = sourcePayloadType
        canDecode = mapping != nil
        payloadType = mapping?.payloadType ?? 0
        rtxPayloadType = rtxSSRC == 0 ? 0 : mapping?.rtxPayloadType ?? 0
        makeTemplate()
    }

    private mutating func makeTemplate() {
        template = HeaderTemplate(header, payloadType: payloadType, ssrc: ssrc, csrc: csrc)
    }

    /// Whether packets with the source's payload type can be sent as they are resolved now.
    func isResolved(for sourcePayloadType: UInt8) -> Bool {
        sourcePayloadType == self.sourcePayloadType && canDecode
    }

    /// Decides about one packet that waits for the fan-out.
    ///
    /// - Parameters:
    ///   - encoding: the packet's.
    ///   - head: where live subscriptions to that encoding stand before the packets that wait.
    ///   - distance: ticks from the encoding's clock to that of the current encoding, where it is another and known.
    package mutating func offer(
        _ packet: borrowing StoredPacket, of encoding: EncodingID, head: Int64, distance: UInt32? = nil
    ) -> OnPacket {
        if currentEncoding != encoding {
            guard target == encoding, packet.isStart || kind == .audio else { return .skip }
        }
        guard packet.payloadType == sourcePayloadType else { return .unknownPayloadType }
        guard canDecode else { return .skip }
        if currentEncoding != encoding {
            if let distance, !hasWaited, rewriter.age(of: packet, distance: distance) > Self.mostLateness {
                hasWaited = true
                return .tooOld
            }
            begin(encoding, with: copy packet, head: head, distance: distance)
        } else if next < head, packet.sequence >= next {
            // Its turn will come, unless one can begin anew with it.
            guard packet.isKeyframeStart, kind == .video else { return .skip }
            begin(encoding, with: copy packet, head: head, distance: nil)
        }
        return send(packet)
    }

    /// Sets the cursor to a packet that waits for the fan-out but may not leave now, where the subscription can begin anew with it: a
    /// start of the target, or a keyframe that is newer than what the subscription still waits to be sent.
    ///
    /// - Parameter packet: as it is in the subscription's lane.
    /// - Returns: whether the cursor is there now.
    package mutating func wait(
        at packet: borrowing StoredPacket, of encoding: EncodingID, head: Int64, distance: UInt32?
    ) -> Bool {
        if currentEncoding != encoding {
            guard target == encoding, packet.isStart else { return false }
        } else {
            guard next < head, packet.sequence >= head, packet.isKeyframeStart else { return false }
        }
        guard isResolved(for: packet.payloadType) else { return false }
        begin(encoding, with: copy packet, head: head, distance: distance)
        next = packet.sequence
        return true
    }

    /// Moves the cursor behind the packets that waited, all of which were offered, unless it is behind them anyway.
    package mutating func pass(_ encoding: EncodingID, from head: Int64, to end: Int64) {
        if currentEncoding == encoding, next >= head { next = end }
    }

    private mutating func begin(_ encoding: EncodingID, with packet: StoredPacket, head: Int64, distance: UInt32?) {
        guard kind == .video else {
            // Audio comes in packets of 20 ms mostly.
            rewriter.switchSource(to: encoding, from: packet, clockRate: clockRate, leastStep: clockRate / 50)
            return switched(to: encoding, next: head)
        }
        // What may be no keyframe must not be decoded as if it followed what was shown before: a gap makes the viewer
        // wait for one.
        if packet.isBlindStart, !packet.isKeyframeStart { rewriter.leaveGap() }
        rewriter.closePicture()
        // Frames of video may follow each other closely.
        rewriter.switchSource(to: encoding, from: packet, clockRate: clockRate, distance: distance)
        // A keyframe whose first packet comes late is followed by packets that came before: they are caught up on.
        switched(to: encoding, next: packet.sequence < head ? packet.sequence &+ 1 : head)
    }

    private mutating func switched(to encoding: EncodingID, next: Int64) {
        currentEncoding = encoding
        lane = rewriter.nextLane
        self.next = next
        if target == encoding { waitingSince = nil }
        hasSwitched = true
        hasWaited = false
    }

    private mutating func send(_ packet: borrowing StoredPacket) -> OnPacket {
        guard let numbers = rewriter.rewrite(packet) else { return .skip }
        let unwrapped = redundancy == .unwrap ? Int(packet.redundancy.primaryOffset) : 0
        note(packets: 1, octets: UInt32(truncatingIfNeeded: packet.payloadCount - unwrapped))
        return .send(numbers)
    }

    /// Counts what is being sent.
    mutating func note(packets: UInt32, octets: UInt32) {
        packetsSent &+= packets
        octetsSent &+= octets
    }

    /// Begins to show an encoding from an earlier packet on, a keyframe's first, whose followers are kept up to `newest`
    /// and beyond, `closest` ticks apart at least; `offerCatchUp` takes them in order up to the encoding's head.
    ///
    /// - Parameter distance: as in `offer`.
    package mutating func beginCatchUp(
        of encoding: EncodingID, from first: StoredPacket, to newest: StoredPacket, closest: UInt32 = 0,
        distance: UInt32? = nil, now: MonotonicInstant
    ) {
        switch kind {
        case .video:
            rewriter.closePicture()
            rewriter.switchSource(
                to: encoding, from: first, catchingUpWith: newest, clockRate: clockRate, closest: closest,
                distance: distance, now: now)
        case .audio:
            // Sound that is caught up on is heard as it was: players catch up by playing faster.
            rewriter.switchSource(to: encoding, from: first, clockRate: clockRate, leastStep: clockRate / 50)
        }
        switched(to: encoding, next: first.sequence)
        lastCatchUp = now
    }

    /// Decides about one packet that is caught up on, the next in order.
    package mutating func offerCatchUp(_ packet: borrowing StoredPacket) -> OnPacket {
        guard currentEncoding != nil, packet.sequence >= next else { return .skip }
        guard packet.payloadType == sourcePayloadType else { return .unknownPayloadType }
        next = packet.sequence &+ 1
        guard canDecode else { return .skip }
        return send(packet)
    }

    /// Everything below `end` that came was sent.
    package mutating func endCatchUp(at end: Int64) { next = max(next, end) }

    /// Whether the stream went on from another source since the last call.
    package mutating func takeSwitch() -> Bool {
        defer { hasSwitched = false }
        return hasSwitched
    }

    /// Takes the sequence number for one retransmission.
    package mutating func takeRTXSequence() -> Int64 {
        rtxSequence &+= 1
        return rtxSequence
    }
}
