import ICE
import MediaControl
import Primitives
import RTP
import Testing

@testable import Rooms

/// Viewers that cannot decode a publisher's first codec get a second one, as the same source.
struct SecondCodecTests {
    private static let h264 = PayloadMapping(payloadType: 102, format: CodecFormat(.h264))
    private static let vp8 = PayloadMapping(payloadType: 96, format: CodecFormat(.vp8))

    /// A room in which `ann` publishes a camera in H264 and keeps a section for VP8.
    private struct Scene {
        var state = RoomState(name: "r", number: 1, configuration: RoomsConfiguration(), now: .zero)
        let host: ParticipantID
        let camera: TrackID
        let second: TrackID
        var now = MonotonicInstant.zero

        /// - Parameter first: what the publisher may send in its first section.
        init(first: [PayloadMapping] = [h264]) throws {
            let media = SecondCodecTests.media(
                receive: [("c", first), ("s", [vp8])], send: [], sources: ["c": .camera], seconds: ["s": .camera])
            let (id, effects) = try state.join(SecondCodecTests.request("ann", .host), media: media, now: now)
            host = id
            guard case .openTransport(let parameters) = effects.opening.first else { throw CancellationError() }
            camera = parameters.publications[0].track
            second = parameters.publications[1].track
            _ = try state.publish(.camera, by: host)
            state.scheduleSeconds(now: now)
        }

        mutating func watch(_ name: String, decoding payloads: [PayloadMapping]) throws -> (ParticipantID, RoomEffects)
        {
            let media = SecondCodecTests.media(receive: [], send: [("v", payloads)], sources: [:], seconds: [:])
            let joined = try state.join(SecondCodecTests.request(name, .viewer), media: media, now: now)
            state.scheduleSeconds(now: now)
            return joined
        }

        /// The viewer's only slot.
        func slot(of id: ParticipantID) -> SlotInfo? { state.roster[id]?.seating.snapshot.first }

        mutating func handle(_ event: MediaEvent) -> RoomEffects {
            defer { state.scheduleSeconds(now: now) }
            return state.handle(event, now: now)
        }

        mutating func pass(_ time: Duration) -> [String] {
            now = now + time
            let effects = state.handleTimeout(at: now)
            return effects.flatMap { SecondCodecTests.told($0, host) + $0.gates.map(\.text) }
        }
    }

    private static func request(_ name: String, _ role: Role) -> JoinRequest {
        JoinRequest(room: "r", identity: name, name: name, role: role, media: .none)
    }

    private static func media(
        receive: [(String, [PayloadMapping])], send: [(String, [PayloadMapping])], sources: [String: TrackSource],
        seconds: [String: TrackSource]
    ) -> NegotiatedMedia {
        NegotiatedMedia(
            receive: receive.map {
                .init(mid: $0.0, kind: .video, payloads: $0.1, extensions: .init(), encodings: [.init()])
            },
            send: send.map {
                .init(mid: $0.0, kind: .video, payloads: $0.1, extensions: .init(), ssrc: .init(1), cname: "c")
            },
            localCredentials: .init(usernameFragment: "u", password: "p"),
            remoteCredentials: .init(usernameFragment: "u", password: "p"), remoteFingerprints: [],
            hasDataSection: false, sources: sources, seconds: seconds,
            slots: send.map { PlannedSlot(mid: $0.0, kind: .video, use: .seat, number: 0) })
    }

    /// What the publisher is told of its formats.
    private static func told(_ effects: RoomEffects, _ id: ParticipantID) -> [String] {
        effects.deliveries.filter { $0.participant == id }.compactMap { delivery in
            switch delivery.event {
            case .secondCodec(let source, let isWanted): "second \(source.rawValue) \(isWanted)"
            case .undecodable(let source): "undecodable \(source.rawValue)"
            default: nil
            }
        }
    }

    @Test func theFirstViewerThatNeedsItHasTheSecondCodecSentAndSeesTheSameSource() throws {
        var scene = try Scene()
        let (all, before) = try scene.watch("all", decoding: [Self.h264, Self.vp8])
        #expect(Self.told(before, scene.host).isEmpty)
        #expect(before.fills.map(\.text).filter { $0.contains("\(scene.camera)") }.count == 1)
        let (viewer, effects) = try scene.watch("firefox", decoding: [Self.vp8])
        #expect(Self.told(effects, scene.host) == ["second camera true"])
        #expect(effects.gates.map(\.text) == ["gate \(scene.second) open"])
        #expect(effects.fills.last?.text.contains("\(scene.second) \(scene.host.csrc(of: .camera))") == true)
        #expect(scene.slot(of: viewer)?.status == .awaitingSecondCodec, "until there is something to see")
        // The first packet.
        let started = scene.handle(.trackStarted(scene.second))
        #expect(started.deliveries.map(\.participant) == [viewer])
        let slots = [scene.slot(of: viewer), scene.slot(of: all)]
        #expect(slots.map { $0?.status } == [.playing, .playing])
        #expect(slots.map { $0?.content } == [slots[1]?.content, slots[1]?.content])
        #expect(slots[0]?.content?.track == scene.camera)
        // A further viewer asks for nothing, and sees at once.
        let (other, more) = try scene.watch("other", decoding: [Self.vp8])
        #expect(Self.told(more, scene.host).isEmpty && more.gates.isEmpty)
        #expect(scene.slot(of: other)?.status == .playing)
    }

    @Test func whatTheWorkerFindsOutCountsToo() throws {
        // The answer leaves the publisher a choice, and it sends what the viewer does not know.
        var scene = try Scene(first: [Self.h264, Self.vp8])
        let (viewer, effects) = try scene.watch("firefox", decoding: [Self.vp8])
        #expect(Self.told(effects, scene.host).isEmpty)
        #expect(scene.slot(of: viewer)?.status == .playing)
        let transport = try #require(scene.state.roster[viewer]?.transport)
        let change = scene.handle(.slotChanged(transport, slot: 0, scene.camera, .cannotDecode))
        #expect(Self.told(change, scene.host) == ["second camera true"])
        #expect(change.fills.map(\.text) == ["fill \(transport) 0 \(scene.second) \(scene.host.csrc(of: .camera))"])
        #expect(scene.slot(of: viewer)?.status == .awaitingSecondCodec)
        // Said late of the first codec, it means nothing.
        #expect(scene.handle(.slotChanged(transport, slot: 0, scene.camera, .cannotDecode)).commands.isEmpty)
        _ = scene.handle(.trackStarted(scene.second))
        #expect(scene.slot(of: viewer)?.status == .playing)
        // Hidden and shown: the slot has the second codec at once.
        _ = try scene.state.view([ViewRequest(mid: "v", isVisible: false)], by: viewer)
        let shown = try scene.state.view([ViewRequest(mid: "v")], by: viewer)
        #expect(shown.fills.map(\.text) == ["fill \(transport) 0 \(scene.second) \(scene.host.csrc(of: .camera))"])
        #expect(scene.slot(of: viewer)?.status == .playing)
    }

    @Test func itStopsFiveSecondsAfterTheLastViewer() throws {
        var scene = try Scene()
        let (first, _) = try scene.watch("one", decoding: [Self.vp8])
        let (second, _) = try scene.watch("two", decoding: [Self.vp8])
        _ = scene.handle(.trackStarted(scene.second))
        #expect(scene.pass(.seconds(60)).isEmpty)
        _ = try scene.state.view([ViewRequest(mid: "v", isVisible: false)], by: first)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.seconds(60)).isEmpty)
        _ = scene.state.leave(second, .left, now: scene.now)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.state.nextTimeout.map { $0 <= scene.now + .seconds(5) } == true)
        #expect(scene.pass(.milliseconds(4_999)).isEmpty)
        // One who comes back in time keeps it.
        _ = try scene.state.view([ViewRequest(mid: "v")], by: first)
        #expect(scene.pass(.seconds(60)).isEmpty)
        _ = try scene.state.view([ViewRequest(mid: "v", isVisible: false)], by: first)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.seconds(5)) == ["second camera false", "gate \(scene.second) closed"])
        #expect(scene.pass(.seconds(60)).isEmpty)
        // And it begins anew.
        let again = try scene.state.view([ViewRequest(mid: "v")], by: first)
        #expect(Self.told(again, scene.host) == ["second camera true"])
        #expect(scene.slot(of: first)?.status == .awaitingSecondCodec)
    }

    @Test func aMuteAndADemotionShutBothGates() throws {
        var scene = try Scene()
        let (viewer, _) = try scene.watch("firefox", decoding: [Self.vp8])
        _ = scene.handle(.trackStarted(scene.second))
        let (moderator, _) = try scene.state.join(
            Self.request("mod", .host), media: nil, now: scene.now)
        let muted = try scene.state.moderate(.mute(scene.host, .camera), by: moderator, .none, now: scene.now)
        #expect(muted.gates.map(\.text) == ["gate \(scene.camera) closed", "gate \(scene.second) closed"])
        _ = scene.state.seatAudience()
        #expect(scene.slot(of: viewer)?.status == .muted)
        let unmuted = try scene.state.mute(.camera, false, by: scene.host)
        #expect(unmuted.gates.map(\.text) == ["gate \(scene.camera) open", "gate \(scene.second) open"])
        _ = scene.state.seatAudience()
        #expect(scene.slot(of: viewer)?.status == .awaitingSecondCodec, "its first packet comes anew")
        _ = scene.handle(.trackStarted(scene.second))
        #expect(scene.slot(of: viewer)?.status == .playing)
        let left = try scene.state.stage(.leave, by: scene.host, .none, now: scene.now)
        #expect(left.gates.map(\.text) == ["gate \(scene.camera) closed", "gate \(scene.second) closed"])
        _ = scene.state.seatAudience()
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.slot(of: viewer)?.status == .empty)
        #expect(scene.pass(.seconds(5)) == ["second camera false"])
    }

    @Test func whomNoSectionFitsIsToldAndSoIsThePublisher() throws {
        var scene = try Scene()
        let vp9 = PayloadMapping(payloadType: 98, format: CodecFormat(.vp9))
        let (viewer, effects) = try scene.watch("odd", decoding: [vp9])
        #expect(scene.slot(of: viewer)?.status == .cannotDecode)
        #expect(Self.told(effects, scene.host) == ["undecodable camera"])
        #expect(effects.gates.isEmpty)
        let (other, more) = try scene.watch("firefox", decoding: [Self.vp8])
        #expect(Self.told(more, scene.host) == ["second camera true"])
        #expect(scene.slot(of: other)?.status == .awaitingSecondCodec)
    }

    @Test func aSecondCodecThatDoesNotComeIsSaidToBeMissing() throws {
        var scene = try Scene()
        let (viewer, _) = try scene.watch("firefox", decoding: [Self.vp8])
        #expect(scene.state.nextTimeout == scene.now + .seconds(5))
        #expect(scene.pass(.milliseconds(4_999)).isEmpty)
        #expect(scene.slot(of: viewer)?.status == .awaitingSecondCodec)
        #expect(scene.pass(.milliseconds(1)) == ["undecodable camera"])
        #expect(scene.slot(of: viewer)?.status == .cannotDecode)
        // Said once; and what comes late is seen.
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.seconds(60)).isEmpty)
        _ = scene.handle(.trackStarted(scene.second))
        #expect(scene.slot(of: viewer)?.status == .playing)
    }

    @Test func nobodyAwaitsWhatAMutedPublisherDoesNotSend() throws {
        var scene = try Scene()
        let (viewer, _) = try scene.watch("firefox", decoding: [Self.vp8])
        _ = try scene.state.mute(.camera, true, by: scene.host)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.seconds(60)).isEmpty)
        _ = try scene.state.mute(.camera, false, by: scene.host)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.milliseconds(4_999)).isEmpty)
        // Nor what a viewer has left before it was due.
        _ = try scene.state.view([ViewRequest(mid: "v", isVisible: false)], by: viewer)
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.pass(.milliseconds(1)).isEmpty)
        #expect(scene.pass(.seconds(5)) == ["second camera false", "gate \(scene.second) closed"])
    }

    @Test func aPublisherThatIsGoneLeavesNothingToEnd() throws {
        var scene = try Scene()
        let (viewer, _) = try scene.watch("firefox", decoding: [Self.vp8])
        let effects = scene.state.leave(scene.host, .left, now: scene.now)
        #expect(effects.seatsAudience)
        _ = scene.state.seatAudience()
        scene.state.scheduleSeconds(now: scene.now)
        #expect(scene.slot(of: viewer)?.status == .empty)
        #expect(scene.pass(.seconds(5)).isEmpty)
        #expect(scene.state.secondDeadlines.isEmpty)
    }

    @Test func secondSectionsArePlannedBesideTheFirst() throws {
        let sections: [(mid: String, kind: MediaKind)] = [("a", .audio), ("c", .video), ("s", .video), ("t", .video)]
        let sources: [String: TrackSource] = ["a": .microphone, "c": .camera]
        func plan(_ requests: [PublishRequest], known: [String: TrackSource] = [:]) throws(InvalidPlan) -> [String:
            TrackSource]
        {
            try PublicationPlan.seconds(of: sections, requests: requests, sources: sources, known: known)
        }
        let second = PublishRequest(mid: "s", source: .camera, isSecond: true)
        #expect(try plan([second]) == ["s": .camera])
        #expect(try plan([], known: ["s": .camera]) == ["s": .camera])
        #expect(try plan([.init(mid: "t", source: .camera, isSecond: true)], known: ["s": .camera]) == ["t": .camera])
        let wrong: [[PublishRequest]] = [
            [.init(mid: "x", source: .camera, isSecond: true)], [.init(mid: "c", source: .camera, isSecond: true)],
            [.init(mid: "s", source: .screen, isSecond: true)], [.init(mid: "a", source: .microphone, isSecond: true)],
            [second, .init(mid: "t", source: .camera, isSecond: true)],
        ]
        for requests in wrong { #expect(throws: InvalidPlan.self) { try plan(requests) } }
    }
}
