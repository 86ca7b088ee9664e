import Primitives
import RTP

/// One slot of one subscriber: what it carries and how the packets are rewritten for it.
///
/// Plain data in a flat record, so that the fan-out touches no reference.
package struct Subscription {
    /// What a packet means for the slot.
    package enum OnPacket: Sendable {
        /// Send it with these numbers.
        case send(StreamRewriter.Numbers)
        /// Not of the encoding that the slot shows, or older than the switch.
        case skip
        /// The publisher changed its payload type: `resolve` must be called, then the packet offered again.
        case unknownPayloadType
    }

    /// Where the packets go.
    package let sink: Sink
    package let kind: MediaKind
    package let ssrc: UInt32
    /// 0 where RTX is not negotiated.
    package let rtxSSRC: UInt32
    package let header: HeaderLayout
    /// The header that the slot's media has now.
    package private(set) var template: HeaderTemplate

    /// The number in each packet's CSRC list.
    package private(set) var csrc: UInt32 = 0
    /// The encoding that is being sent.
    package private(set) var currentEncoding: EncodingID?
    package private(set) var clockRate: UInt32
    package internal(set) var rewriter: StreamRewriter
    /// The source's payload type that the three below were resolved for.
    private var sourcePayloadType: UInt8 = 0xFF
    package private(set) var payloadType: UInt8 = 0
    /// 0 where retransmissions cannot be sent.
    package private(set) var rtxPayloadType: UInt8 = 0
    /// How redundant audio is sent.
    package private(set) var redundancy = RedundantAudio.Handling.asItIs
    /// Whether the viewer has a payload type for what the source sends.
    package private(set) var canDecode = true
    /// The source's next packet to catch up with; `nil` while the slot is live.
    package private(set) var catchUpNext: Int64?
    /// When the slot last began to catch up.
    package private(set) var lastCatchUp: MonotonicInstant?
    /// Whether the stream goes on from another source since `takeSwitch` was called.
    private var hasSwitched = false
    /// Extended; the next RTX packet gets the next one.
    package private(set) var rtxSequence: Int64
    package private(set) var packetsSent: UInt32 = 0
    /// Payload octets (RFC 3550 section 6.4.1), wrapping.
    package private(set) var octetsSent: UInt32 = 0

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
        catchUpNext = nil
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

    /// Decides about one packet of the track.
    ///
    /// - Parameters:
    ///   - encoding: the packet's.
    ///   - isChosen: whether that is the encoding that viewers shall get.
    package mutating func offer(_ packet: borrowing StoredPacket, of encoding: EncodingID, isChosen: Bool) -> OnPacket {
        if currentEncoding != encoding {
            guard isChosen, packet.isStart || kind == .audio else { return .skip }
        }
        guard packet.payloadType == sourcePayloadType else { return .unknownPayloadType }
        guard canDecode else { return .skip }
        if currentEncoding != encoding {
            begin(encoding, with: copy packet)
        } else if let next = catchUpNext, packet.sequence >= next {
            // Its turn will come, unless one can begin anew with it.
            guard packet.isKeyframeStart, kind == .video else { return .skip }
            begin(encoding, with: copy packet)
        }
        return send(packet)
    }

    private mutating func begin(_ encoding: EncodingID, with packet: StoredPacket) {
        // What may be no keyframe must not be decoded as if it followed what was shown before: a gap makes the viewer
        // wait for one.
        if packet.isBlindStart, !packet.isKeyframeStart, kind == .video { rewriter.leaveGap() }
        // Sound comes in packets of 20 ms mostly; pictures may follow each other closely.
        rewriter.switchSource(
            to: encoding, from: packet, clockRate: clockRate, leastStep: kind == .audio ? clockRate / 50 : 90)
        currentEncoding = encoding
        catchUpNext = nil
        hasSwitched = true
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
    /// and beyond, `closest` ticks apart at least; `offerCatchUp` takes them in order, and `offer` the live ones after `endCatchUp`.
    package mutating func beginCatchUp(
        of encoding: EncodingID, from first: StoredPacket, to newest: StoredPacket, closest: UInt32 = 0,
        now: MonotonicInstant
    ) {
        switch kind {
        case .video:
            rewriter.switchSource(
                to: encoding, from: first, catchingUpWith: newest, clockRate: clockRate, closest: closest,
                now: now)
        case .audio:
            // Sound that is caught up on is heard as it was: players catch up by playing faster.
            rewriter.switchSource(to: encoding, from: first, clockRate: clockRate, leastStep: clockRate / 50)
        }
        currentEncoding = encoding
        catchUpNext = first.sequence
        lastCatchUp = now
        hasSwitched = true
    }

    /// Decides about one packet that is caught up on, the next in order.
    package mutating func offerCatchUp(_ packet: borrowing StoredPacket) -> OnPacket {
        guard catchUpNext != nil else { return .skip }
        guard packet.payloadType == sourcePayloadType else { return .unknownPayloadType }
        catchUpNext = packet.sequence &+ 1
        guard canDecode else { return .skip }
        return send(packet)
    }

    /// Everything that came was sent: what comes is live.
    package mutating func endCatchUp() { catchUpNext = nil }

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
