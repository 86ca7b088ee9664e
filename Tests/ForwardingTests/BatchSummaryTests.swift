import Forwarding
import Primitives
import RTP
import Testing

/// What is taken as a whole must come out as if it had been taken packet by packet.
struct BatchSummaryTests {
    private let vp8 = PayloadMapping(payloadType: 120, format: CodecFormat(.vp8), rtxPayloadType: 124)

    private func makeTrack(extensions: HeaderExtensionMap = HeaderExtensionMap(), kind: MediaKind = .video)
        -> Subscription
    {
        let parameters = SendParameters(
            mid: "5", kind: kind, payloads: [vp8], extensions: extensions, ssrc: SSRC(1_000), rtxSSRC: SSRC(1_001),
            cname: "seat")
        var track = Subscription(sink: .peer(.none, SlotIndex(0)), parameters: parameters, random: 0x8001_8001)
        track.refill(csrc: 5)
        track.resolve(sourcePayloadType: 96, as: vp8)
        return track
    }

    private func packet(_ sequence: Int64, frame: UInt16, isStart: Bool = false, payloadType: UInt8 = 96)
        -> StoredPacket
    {
        var packet = StoredPacket(
            sequence: sequence, timestamp: UInt32(frame) &* 3_000, arrival: .zero + .milliseconds(sequence),
            payloadType: payloadType, isMarked: false, isKeyframeStart: isStart,
            picture: PictureNumbers(
                width: .long, pictureID: frame, pictureIDOffset: 2, tl0Index: UInt8(truncatingIfNeeded: frame),
                tl0IndexOffset: 4))
        packet.payloadCount = 1_000 + Int(sequence % 7)
        return packet
    }

    /// Lends the packets as the worker does, all of one encoding.
    private func withSummary<Result>(
        _ packets: [StoredPacket], head: Int64 = 0, _ body: (BatchSummary?) -> Result
    ) -> Result {
        var packets = packets
        var payload: [UInt8] = [0]
        return unsafe packets.withUnsafeMutableBufferPointer { packets in
            unsafe payload.withUnsafeMutableBufferPointer { payload in
                guard let first = packets.baseAddress, let octet = payload.baseAddress else {
                    return body(nil)
                }
                let pending = unsafe (0..<packets.count).map {
                    unsafe PendingPacket(encoding: 1, packet: first + $0, payload: octet)
                }
                return unsafe pending.withUnsafeBufferPointer {
                    body(unsafe BatchSummary(of: 1, in: $0, head: head, end: (packets.last?.sequence ?? 0) + 1))
                }
            }
        }
    }

    @Test func aRunIsRenumberedAsItsPacketsOneByOne() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var whole = makeTrack()
            _ = whole.offer(packet(5, frame: 1, isStart: true), of: 7, isChosen: true)
            // A switch, so that every number changes.
            _ = whole.offer(packet(100, frame: 40, isStart: true), of: 1, isChosen: true)
            var single = whole
            var sequence: Int64 = 101
            var frame: UInt16 = 40
            for _ in 0..<6 {
                let packets = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                    sequence += Int64.random(in: 1...3, using: &generator)
                    frame += UInt16.random(in: 0...1, using: &generator)
                    return packet(sequence, frame: frame)
                }
                let offsets = withSummary(packets) { summary in summary.flatMap { whole.take($0) } }
                #expect(offsets?.changesPictures == true)
                for packet in packets {
                    let outcome = single.offer(packet, of: 1, isChosen: true)
                    guard case .send(let numbers) = outcome, let offsets else {
                        Issue.record("a packet of the run is not sent by itself")
                        continue
                    }
                    #expect(numbers.sequence == packet.sequence &+ offsets.sequence)
                    #expect(numbers.timestamp == packet.timestamp &+ offsets.timestamp)
                }
                #expect(whole.packetsSent == single.packetsSent && whole.octetsSent == single.octetsSent)
                #expect(whole.rewriter.lastSequence == single.rewriter.lastSequence)
                #expect(whole.rewriter.last?.timestamp == single.rewriter.last?.timestamp)
                #expect(whole.rewriter.last?.at == single.rewriter.last?.at)
            }
            // What the next source goes on from, picture numbers among it.
            for next in [packet(9_000, frame: 900, isStart: true), packet(9_001, frame: 900)] {
                _ = whole.offer(next, of: 2, isChosen: true)
                _ = single.offer(next, of: 2, isChosen: true)
            }
            #expect(whole.rewriter.current?.pictureIDOffset == single.rewriter.current?.pictureIDOffset)
            #expect(whole.rewriter.current?.tl0IndexOffset == single.rewriter.current?.tl0IndexOffset)
            #expect(whole.rewriter.current?.timestampOffset == single.rewriter.current?.timestampOffset)
        }
    }

    @Test func whatIsNotInOrderOrOfOnePayloadTypeIsNoRun() {
        #expect(withSummary([packet(3, frame: 1), packet(2, frame: 1)]) { summary in summary == nil })
        #expect(withSummary([packet(2, frame: 1), packet(2, frame: 1)]) { summary in summary == nil })
        #expect(withSummary([packet(2, frame: 1), packet(3, frame: 1, payloadType: 97)]) { summary in summary == nil })
        #expect(withSummary([]) { summary in summary == nil })
        #expect(withSummary([packet(2, frame: 1), packet(4, frame: 1)]) { summary in summary?.count == 2 })
    }

    @Test func aSlotThatIsNotInStepTakesNoRun() {
        let late = [packet(99, frame: 40), packet(102, frame: 40)]
        var track = makeTrack()
        #expect(withSummary([packet(5, frame: 1)]) { summary in summary.flatMap { track.take($0) } } == nil)
        _ = track.offer(packet(100, frame: 40, isStart: true), of: 1, isChosen: true)
        // Older than the switch, seen before, of a payload type that is not resolved.
        #expect(withSummary(late) { summary in summary.flatMap { track.take($0) } } == nil)
        #expect(withSummary([packet(100, frame: 40)]) { summary in summary.flatMap { track.take($0) } } == nil)
        #expect(
            withSummary([packet(101, frame: 40, payloadType: 97)]) { summary in summary.flatMap { track.take($0) } }
                == nil)
        #expect(track.packetsSent == 1)
        #expect(withSummary([packet(101, frame: 40)]) { summary in summary.flatMap { track.take($0) } } != nil)
        track.interrupt()
        #expect(withSummary([packet(102, frame: 40)]) { summary in summary.flatMap { track.take($0) } } == nil)
    }

    @Test func aSlotThatCatchesUpTakesNoRun() {
        var track = makeTrack()
        track.beginCatchUp(of: 1, from: packet(10, frame: 1, isStart: true), to: packet(50, frame: 9), now: .zero)
        #expect(withSummary([packet(51, frame: 9)], head: 51) { summary in summary.flatMap { track.take($0) } } == nil)
        for sequence in Int64(10)...50 { _ = track.offerCatchUp(packet(sequence, frame: 1)) }
        track.endCatchUp(at: 51)
        #expect(withSummary([packet(51, frame: 9)], head: 51) { summary in summary.flatMap { track.take($0) } } != nil)
    }
}

extension Subscription {
    fileprivate mutating func take(_ run: BatchSummary) -> BatchOffsets? {
        unsafe withUnsafePointer(to: run) { unsafe take($0) }
    }
}
