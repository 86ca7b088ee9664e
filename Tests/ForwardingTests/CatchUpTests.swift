import Forwarding
import Primitives
import RTP
import Testing

/// What a slot sends while it is caught up with a track, and after.
struct CatchUpTests {
    private let mapping = PayloadMapping(payloadType: 120, format: CodecFormat(.vp8), rtxPayloadType: 124)

    private func makeTrack() -> Subscription {
        let parameters = SendParameters(
            mid: "5", kind: .video, payloads: [mapping], extensions: HeaderExtensionMap(), ssrc: SSRC(1_000),
            rtxSSRC: SSRC(1_001), cname: "seat")
        var track = Subscription(sink: .peer(.none, SlotIndex(0)), parameters: parameters, random: 0x8001_8001)
        track.refill(csrc: 5)
        track.resolve(sourcePayloadType: 96, as: mapping)
        return track
    }

    /// Two packets make a frame of 33 ms.
    private func packet(_ sequence: Int64, keyframe: Bool = false, base: UInt32 = 0xFFFF_0000) -> StoredPacket {
        StoredPacket(
            sequence: sequence, timestamp: base &+ UInt32(sequence / 2) &* 3_000,
            arrival: .zero + .microseconds(sequence / 2 * 33_333), payloadType: 96, isMarked: true,
            isKeyframeStart: keyframe,
            picture: PictureNumbers(width: .long, pictureID: UInt16(sequence / 2), pictureIDOffset: 2))
    }

    private func numbers(_ outcome: Subscription.OnPacket) -> StreamRewriter.Numbers? {
        if case .send(let numbers) = outcome { numbers } else { nil }
    }

    @Test func whatIsCaughtUpOnIsDrawnTogetherAndWhatIsLiveKeepsItsPace() throws {
        var track = makeTrack()
        let first = packet(0, keyframe: true)
        let newest = packet(199)
        track.beginCatchUp(of: 1, from: first, to: newest, now: newest.arrival)
        var timestamps: [UInt32] = []
        var sequences: [Int64] = []
        for sequence in Int64(0)..<200 {
            let offered = packet(sequence, keyframe: sequence == 0)
            let sent = try #require(numbers(track.offerCatchUp(offered)))
            timestamps.append(sent.timestamp)
            sequences.append(sent.sequence)
        }
        track.endCatchUp(at: 0)
        for sequence in Int64(200)..<206 {
            let sent = try #require(numbers(track.offer(packet(sequence), of: 1, isChosen: true)))
            timestamps.append(sent.timestamp)
            sequences.append(sent.sequence)
        }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 + 1 })
        // Each frame has its own timestamp, both packets the same, in order; 3.3 s lie within 50 ms.
        for index in stride(from: 0, to: 200, by: 2) { #expect(timestamps[index] == timestamps[index + 1]) }
        for index in stride(from: 2, to: 200, by: 2) {
            #expect(Int32(bitPattern: timestamps[index] &- timestamps[index - 2]) > 0)
        }
        #expect(timestamps[199] &- timestamps[0] <= 4_500)
        #expect(timestamps[202] &- timestamps[200] == 3_000 && timestamps[200] &- timestamps[198] == 3_000)
    }

    @Test func aSwitchLeavesTheClockWhereTheTimeIs() throws {
        var track = makeTrack()
        var last: UInt32 = 0
        for sequence in Int64(0)..<100 {
            let offered = packet(sequence, keyframe: sequence == 0)
            last = try #require(numbers(track.offer(offered, of: 1, isChosen: true))).timestamp
        }
        // The other source is half a frame later, and its keyframe 40 frames old.
        track.refill(csrc: 6)
        track.resolve(sourcePayloadType: 96, as: mapping)
        var newest = packet(101, base: 77)
        newest.arrival = newest.arrival - .milliseconds(16)
        track.beginCatchUp(of: 2, from: packet(20, keyframe: true, base: 77), to: newest, now: newest.arrival)
        var first: UInt32?
        var latest: UInt32 = 0
        for sequence in Int64(20)...101 {
            let offered = packet(sequence, keyframe: sequence == 20, base: 77)
            latest = try #require(numbers(track.offerCatchUp(offered))).timestamp
            if first == nil { first = latest }
        }
        #expect(Int32(bitPattern: try #require(first) &- last) > 0)
        // 17 ms have passed between the last frames of the two.
        #expect(abs(Int32(bitPattern: latest &- last) - 1_560) < 30)
    }

    @Test func manySwitchesDoNotMoveTheClockAway() throws {
        var track = makeTrack()
        let start = packet(600)
        var sent: UInt32 = 0
        var began: UInt32?
        for round in Int64(0)..<30 {
            track.refill(csrc: 6)
            track.resolve(sourcePayloadType: 96, as: mapping)
            // Hardly any time has passed since the last packet.
            let at = 600 + round * 8
            track.beginCatchUp(
                of: EncodingID(Int(round)), from: packet(at - 500, keyframe: true), to: packet(at),
                now: packet(at).arrival)
            for sequence in (at - 500)...at {
                sent = try #require(numbers(track.offerCatchUp(packet(sequence)))).timestamp
            }
            if began == nil { began = sent }
        }
        let passed = Int64((packet(600 + 29 * 8).arrival - start.arrival).inMilliseconds * 90)
        #expect(abs(Int64(sent &- (try #require(began))) - passed) < 4_500)
    }

    @Test func whatIsLiveWaitsForItsTurnButForLatecomersAndKeyframes() throws {
        var track = makeTrack()
        track.beginCatchUp(of: 1, from: packet(0, keyframe: true), to: packet(19), now: packet(19).arrival)
        // Packet 3 is missing, and comes when its turn is over.
        for sequence in [0, 1, 2, 4, 5] as [Int64] { _ = track.offerCatchUp(packet(sequence)) }
        let early = numbers(track.offer(packet(20), of: 1, isChosen: true, head: 20))
        #expect(early == nil)
        let late = try #require(numbers(track.offer(packet(3), of: 1, isChosen: true, head: 21)))
        let next = try #require(numbers(track.offerCatchUp(packet(6))))
        #expect(next.sequence == late.sequence + 3)
        let keyframe = try #require(numbers(track.offer(packet(30, keyframe: true), of: 1, isChosen: true, head: 30)))
        #expect(keyframe.sequence == next.sequence + 1)
        #expect(!track.isBehind(31))
        let old = numbers(track.offerCatchUp(packet(7)))
        #expect(old == nil)
    }

    @Test func aRetransmissionBearsTheTimestampOfTheFirstTime() throws {
        var track = makeTrack()
        track.beginCatchUp(of: 1, from: packet(0, keyframe: true), to: packet(99), now: packet(99).arrival)
        for sequence in Int64(0)...99 {
            let sent = try #require(numbers(track.offerCatchUp(packet(sequence))))
            let place = try #require(track.rewriter.locate(UInt16(truncatingIfNeeded: sent.sequence)))
            #expect(place.segment.timestamp(of: packet(sequence)) == sent.timestamp)
        }
    }

    @Test func refillingEndsTheCatchingUp() {
        var track = makeTrack()
        track.beginCatchUp(of: 1, from: packet(0, keyframe: true), to: packet(9), now: packet(9).arrival)
        let switched = track.takeSwitch()
        let again = track.takeSwitch()
        #expect(switched && !again)
        track.refill(csrc: 7)
        #expect(!track.isBehind(10))
        let late = numbers(track.offerCatchUp(packet(0)))
        #expect(late == nil)
    }
}
