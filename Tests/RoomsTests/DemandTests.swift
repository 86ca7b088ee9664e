import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Rooms

/// How large a viewer shows its slots reaches the worker; which encodings anybody wants reaches the publisher.
struct DemandTests {
    /// A host with a camera and a viewer, whose seat 0 has the picture in slot 1 (mid 5).
    private struct Scene {
        let house: House
        let host: Joined
        let viewer: Joined
        let camera: PublishSection
        let transport: TransportID

        init() async throws {
            house = try House()
            host = try await house.join("host", .host)
            viewer = try await house.join("viewer")
            try await host.session.publish(.camera)
            camera = house.plane.opened[0].publications[1]
            transport = house.plane.opened[1].id
            house.plane.forget()
        }

        /// What was sent since this was asked last.
        func commands() -> [String] {
            defer { house.plane.forget() }
            return house.plane.commands.map(\.text)
        }
    }

    @Test func aSizeIsToldToTheWorkerOnceAndKeptWhateverTheSlotCarries() async throws {
        let scene = try await Scene()
        let wish = ViewRequest(mid: "5", width: 160, height: 90, priority: 7)
        try await scene.viewer.session.view([wish])
        let demand = SlotDemand(width: 160, height: 90, priority: 7)
        #expect(scene.commands() == ["demand \(scene.transport) 1 \(demand)"])
        try await scene.viewer.session.view([wish])
        #expect(scene.commands().isEmpty)
        // The slot is emptied and filled anew: the worker keeps the size.
        try await scene.host.session.unpublish(.camera)
        try await scene.host.session.publish(.camera)
        let fills = scene.commands().filter { $0.contains("\(scene.transport)") }
        #expect(fills.count == 2 && fills.allSatisfy { $0.hasPrefix("fill") })
        // A word without a size takes the last one back.
        try await scene.viewer.session.view([ViewRequest(mid: "5")])
        #expect(scene.commands() == ["demand \(scene.transport) 1 \(SlotDemand())"])
    }

    @Test func aSlotThatIsShownAgainHasItsSizeBeforeItIsFilled() async throws {
        let scene = try await Scene()
        try await scene.viewer.session.view([ViewRequest(mid: "5", isVisible: false)])
        #expect(scene.commands() == ["fill \(scene.transport) 1 nothing"])
        try await scene.viewer.session.view([ViewRequest(mid: "5", width: 320, height: 180)])
        let shown = scene.commands()
        #expect(shown.count == 2)
        #expect(shown.first == "demand \(scene.transport) 1 \(SlotDemand(width: 320, height: 180))")
        #expect(shown.last?.hasPrefix("fill \(scene.transport) 1 \(scene.camera.track)") == true)
    }

    @Test func aNewTransportBeginsWithTheLargestUntilItsClientSpeaks() async throws {
        let scene = try await Scene()
        try await scene.viewer.session.view([ViewRequest(mid: "5", width: 160, height: 90)])
        scene.house.plane.forget()
        let again = try await scene.house.join("viewer")
        let transport = try #require(scene.house.plane.opened.first).id
        #expect(!scene.commands().contains { $0.hasPrefix("demand") })
        try await again.session.view([ViewRequest(mid: "5", width: 160, height: 90)])
        #expect(scene.commands() == ["demand \(transport) 1 \(SlotDemand(width: 160, height: 90))"])
    }

    /// `q` on, and the others as said.
    private func encodings(_ scene: Scene, _ others: Bool) -> [EncodingDemand] {
        scene.camera.receive.encodings.enumerated().map {
            EncodingDemand(rid: $0.element.rid ?? "", isWanted: $0.offset == 0 || others)
        }
    }

    @Test func thePublisherIsToldWhichEncodingsAnybodyWants() async throws {
        let scene = try await Scene()
        let wanted = encodings(scene, false)
        #expect(wanted.count == 3)
        await scene.house.running {
            scene.house.plane.tell([.encodingsWanted(scene.camera.track, wanted)])
            var events = scene.host.events.makeAsyncIterator()
            let told = await events.next { $0.encodings }
            #expect(told?.source == .camera && told?.list == wanted)
        }
    }

    @Test func aFurtherOfferIsToldAgainWhatIsOff() async throws {
        let scene = try await Scene()
        let offer = try MediaOffer(
            Fixture.text("sdp/chromium_seats_vp8_opus.sdp"), publish: House.publish, slots: House.slots)
        try await scene.house.running {
            var events = scene.host.events.makeAsyncIterator()
            for others in [false, true] {
                scene.house.plane.tell([.encodingsWanted(scene.camera.track, encodings(scene, others))])
                #expect(await events.next { $0.encodings }?.list == encodings(scene, others))
                _ = try await scene.host.session.offer(offer)
                try await scene.host.session.mute(.camera, !others)
                // All encodings are sent again after an offer, so only what is off needs a word.
                let next = await events.next { event in
                    event.encodings != nil ? "encodings" : event.stageDelta != nil ? "stage" : nil
                }
                #expect(next == (others ? "stage" : "encodings"))
                if !others { _ = await events.next { $0.stageDelta } }
            }
        }
    }

    @Test func aSectionWithOtherRIDsHasNothingOff() async throws {
        var publication = Publication(
            track: TrackID(rawValue: 1), source: .camera,
            receive: .init(
                mid: "1", kind: .video, payloads: [], extensions: .init(),
                encodings: [.init(rid: "q"), .init(rid: "f")]))
        publication.encodings = [.init(rid: "q", isWanted: true), .init(rid: "f", isWanted: false)]
        #expect(publication.encodingsToRepeat?.count == 2)
        publication.move(
            to: .init(mid: "9", kind: .video, payloads: [], extensions: .init(), encodings: [.init()]))
        #expect(publication.encodingsToRepeat == nil)
    }
}

extension RoomEvent {
    fileprivate var encodings: (source: TrackSource, list: [EncodingDemand])? {
        if case .encodings(let source, let list) = self { (source, list) } else { nil }
    }
}
