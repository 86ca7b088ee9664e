import Forwarding
import Primitives
import RTP
import Testing

struct SubscriptionTests {
    private let vp8 = PayloadMapping(payloadType: 120, format: CodecFormat(.vp8), rtxPayloadType: 124)

    private func makeTrack(kind: MediaKind = .video) -> Subscription {
        let parameters = SendParameters(
            mid: "5", kind: kind, payloads: [vp8], extensions: HeaderExtensionMap(), ssrc: SSRC(1_000),
            rtxSSRC: SSRC(1_001), cname: "seat")
        return Subscription(sink: .peer(.none, SlotIndex(0)), parameters: parameters, random: 0x8001_8001)
    }

    private func packet(_ sequence: Int64, keyframe: Bool = false, payloadType: UInt8 = 96) -> StoredPacket {
        StoredPacket(
            sequence: sequence, timestamp: UInt32(sequence * 3_000), arrival: .zero + .milliseconds(sequence),
            payloadType: payloadType, isMarked: true, isKeyframeStart: keyframe)
    }

    private func isSent(_ outcome: Subscription.OnPacket) -> Bool {
        if case .send = outcome { true } else { false }
    }

    @Test func videoBeginsWithAKeyframeOfTheChosenEncoding() {
        var track = makeTrack()
        track.refill(csrc: 5)
        track.resolve(sourcePayloadType: 96, as: vp8)
        let outcome1 = track.offer(packet(100), of: 1, isChosen: true)
        #expect(!isSent(outcome1))
        let outcome2 = track.offer(packet(101, keyframe: true), of: 1, isChosen: false)
        #expect(!isSent(outcome2))
        let outcome3 = track.offer(packet(102, keyframe: true), of: 1, isChosen: true)
        #expect(isSent(outcome3))
        let outcome4 = track.offer(packet(103), of: 1, isChosen: true)
        #expect(isSent(outcome4))
        #expect(track.payloadType == 120 && track.rtxPayloadType == 124)
    }

    @Test func theOldEncodingPlaysOnUntilTheNewOnesKeyframe() {
        var track = makeTrack()
        track.refill(csrc: 5)
        track.resolve(sourcePayloadType: 96, as: vp8)
        let outcome5 = track.offer(packet(1, keyframe: true), of: 1, isChosen: true)
        #expect(isSent(outcome5))
        let outcome6 = track.offer(packet(2), of: 1, isChosen: false)
        #expect(isSent(outcome6))
        let outcome7 = track.offer(packet(900), of: 2, isChosen: true)
        #expect(!isSent(outcome7))
        let outcome8 = track.offer(packet(901, keyframe: true), of: 2, isChosen: true)
        #expect(isSent(outcome8))
        let outcome9 = track.offer(packet(3), of: 1, isChosen: false)
        #expect(!isSent(outcome9))
        #expect(track.packetsSent == 3)
    }

    @Test func soundBeginsAnywhere() {
        var track = makeTrack(kind: .audio)
        track.refill(csrc: 5)
        track.resolve(sourcePayloadType: 96, as: vp8)
        let outcome10 = track.offer(packet(50), of: 1, isChosen: true)
        #expect(isSent(outcome10))
    }

    @Test func anUnknownPayloadTypeIsAskedForAndOneWithoutMappingIsSkipped() {
        var track = makeTrack()
        track.refill(csrc: 5)
        guard case .unknownPayloadType = track.offer(packet(1, keyframe: true), of: 1, isChosen: true) else {
            Issue.record("the payload type is not known yet")
            return
        }
        track.resolve(sourcePayloadType: 96, as: nil)
        #expect(!track.canDecode)
        let outcome11 = track.offer(packet(1, keyframe: true), of: 1, isChosen: true)
        #expect(!isSent(outcome11))
        #expect(track.packetsSent == 0)
    }

    @Test func sequenceNumbersBeginInTheFirstCycleSoThatReceiversGuessTheRollOverCounter() {
        let track = makeTrack()
        #expect((65_536..<98_305).contains(track.rewriter.lastSequence + 1))
        #expect((65_536..<98_305).contains(track.rtxSequence + 1))
    }
}
