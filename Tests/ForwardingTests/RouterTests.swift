import Primitives
import RTP
import Testing

@testable import Forwarding

/// Which subscriptions a router hands a packet to, without any peer, key or socket.
@Suite struct RouterTests {
    private static let vp8 = PayloadMapping(payloadType: 96, format: CodecFormat(.vp8))

    /// Takes single packets and counts them by sink.
    private final class Output: PacketOutput {
        var sent: [Sink: Int] = [:]
        func chunk(for sink: Sink) -> Int { .max }
        func runOctets(for sink: Sink, isPatient: Bool) -> Int { .max }
        func begin(runOctets octets: Int, for sink: Sink) {}
        func isOpen(_ sink: Sink) -> Bool { true }
        func send(
            _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
            through subscription: UnsafeMutablePointer<Subscription>
        ) {
            unsafe sent[subscription.pointee.sink, default: 0] += 1
        }
    }

    private let router = Router(frameHold: .zero)
    private let output = Output()

    private func addTrack() -> PublishedTrack {
        router.addTrack(
            TrackID(rawValue: 1), origin: .peer(.none),
            receive: ReceiveParameters(
                mid: "1", kind: .video, payloads: [Self.vp8], extensions: HeaderExtensionMap(),
                encodings: [.init(ssrc: SSRC(1_000))]),
            isOpen: true, isOpaque: false)
    }

    private func addSubscription(_ slot: Int, to track: PublishedTrack) -> SubscriptionIndex {
        let parameters = SendParameters(
            mid: "\(slot)", kind: .video, payloads: [Self.vp8], extensions: HeaderExtensionMap(),
            ssrc: SSRC(UInt32(slot)), cname: "seat")
        let index = router.addSubscription(
            to: .peer(.none, SlotIndex(slot)), parameters: parameters, random: 0x8001_8001)
        router.subscribe(index, to: track.id, csrc: 5, now: .zero)
        return index
    }

    /// Stores a packet and ends the turn; tells who was found in the lists and is no subscription any more.
    private func take(
        _ sequence: Int64, keyframe: Bool = false, of encoding: PublishedEncoding, _ track: PublishedTrack
    ) -> [SubscriptionIndex] {
        let now = MonotonicInstant.zero + .milliseconds(sequence)
        let packet = StoredPacket(
            sequence: sequence, timestamp: UInt32(sequence * 3_000), arrival: now, payloadType: 96, isMarked: true,
            isKeyframeStart: keyframe)
        let payload: [UInt8] = [1, 2, 3]
        _ = router.store(
            packet, payload.span, of: encoding, track: track, isLate: false, isRepeated: false, now: now)
        var stale: [SubscriptionIndex] = []
        _ = router.release(now: now) { encoding, track in
            for subscriber in encoding.subscribers {
                guard router.subscriptions.contains(subscriber.subscription) else {
                    stale.append(subscriber.subscription)
                    continue
                }
                router.offerPending(of: encoding, track, to: subscriber.subscription, output: output)
            }
        }
        return stale
    }

    @Test func aPacketGoesToEverySubscriptionOfItsTrackFromTheKeyframeOn() {
        let track = addTrack()
        _ = addSubscription(0, to: track)
        #expect(take(100, of: track.encodings[0], track).isEmpty)
        #expect(output.sent.isEmpty)
        #expect(take(101, keyframe: true, of: track.encodings[0], track).isEmpty)
        let late = addSubscription(1, to: track)
        #expect(take(102, of: track.encodings[0], track).isEmpty)
        #expect(output.sent == [.peer(.none, SlotIndex(0)): 2])
        router.removeSubscription(late)
        #expect(take(103, of: track.encodings[0], track).isEmpty)
        #expect(output.sent == [.peer(.none, SlotIndex(0)): 3])
    }

    /// The slot is filled anew while its track goes over to another SSRC; then its viewer leaves.
    @Test func whoLeavesDuringAChangeOfSourceIsForgottenByBothSources() {
        let track = addTrack()
        let stays = addSubscription(0, to: track)
        let leaves = addSubscription(1, to: track)
        let former = track.encodings[0]
        #expect(take(100, keyframe: true, of: former, track).isEmpty)
        let successor = router.follow(
            EncodingIndex(0), of: track, ssrc: SSRC(2_000), rtxSSRC: nil, now: .zero + .milliseconds(101))
        #expect(former.subscribers.map(\.subscription) == [stays, leaves])
        router.subscribe(leaves, to: track.id, csrc: 6, now: .zero + .milliseconds(102))
        router.removeSubscription(leaves)
        #expect(take(103, of: former, track).isEmpty)
        #expect(take(104, keyframe: true, of: successor, track).isEmpty)
        #expect(former.subscribers.isEmpty)
        #expect(successor.subscribers.map(\.subscription) == [stays])
        #expect(successor.targets == 1)
        #expect(output.sent == [.peer(.none, SlotIndex(0)): 3, .peer(.none, SlotIndex(1)): 1])
    }

    @Test func aTrackThatEndsLeavesItsSubscriptionsEmpty() {
        let track = addTrack()
        let index = addSubscription(0, to: track)
        #expect(take(100, keyframe: true, of: track.encodings[0], track).isEmpty)
        router.removeTrack(track)
        #expect(router.track(of: index) == nil)
        #expect(router.target(of: index) == nil)
        router.removeSubscription(index)
        #expect(router.encodings.isEmpty && router.tracks.isEmpty)
    }
}
