import MediaControl
import Primitives
import RTP
import SDP
import TestSupport
import Testing

@testable import Rooms

/// Participants without media, and those whose media comes later.
struct ConnectionTests {
    private func joinWithoutOffer(_ house: House, _ identity: String, _ role: Role = .viewer) async throws -> Joined {
        try await house.registry.join(
            JoinRequest(room: "stage", identity: identity, name: identity, role: role, media: .none))
    }

    private func offer() throws -> MediaOffer {
        MediaOffer(
            try Offer(parsing: Fixture.text("sdp/chromium_seats_vp8_opus.sdp")), publish: House.publish,
            slots: House.slots)
    }

    @Test func aJoinWithoutAnOfferGetsNoAnswerNoSlotsAndNoTransport() async throws {
        let house = try House()
        let host = try await house.join("host", .host)
        try await host.session.publish(.camera)
        house.plane.forget()
        let viewer = try await joinWithoutOffer(house, "viewer")
        #expect(viewer.answer == nil && viewer.slots.isEmpty)
        #expect(viewer.stage.members.map(\.participant) == [host.participant.id])
        #expect(viewer.audience == 1)
        #expect(house.plane.commands.isEmpty)
        try await viewer.session.stage(.request)
        await viewer.session.leave()
        #expect(house.plane.commands.isEmpty)
        let history = await house.history(of: viewer)
        #expect(history.contains { $0.ownStanding == .requested })
        #expect(history.last == .closed(.left))
    }

    @Test func whatNeedsMediaSaysThatThereIsNone() async throws {
        let house = try House()
        let viewer = try await joinWithoutOffer(house, "viewer")
        let publish = await #expect(throws: RoomError.self) { try await viewer.session.publish(.camera) }
        #expect(publish?.code == .noSuchSource)
        let view = await #expect(throws: RoomError.self) { try await viewer.session.view([ViewRequest(mid: "4")]) }
        #expect(view?.code == .noSuchSlot)
    }

    @Test func aLaterOfferOpensTheTransportAndSeatsTheStage() async throws {
        let house = try House()
        let host = try await house.join("host", .host)
        try await host.session.publish(.camera)
        let viewer = try await joinWithoutOffer(house, "viewer")
        house.plane.forget()
        let answered = try await viewer.session.offer(offer())
        let transport = try #require(house.plane.opened.first)
        #expect(transport.publications.count == 4 && transport.slots.count == 17)
        #expect(answered.slots.count == 17)
        #expect(answered.slots.first { $0.status == .playing }?.content?.participant == host.participant.id)
        #expect(answered.answer.contains("a=ice-lite"))
        let slot = try #require(House.slots.firstIndex { $0.use == .seat && $0.mid == "5" })
        #expect(house.plane.filled(transport.id, slot: slot) != nil)
        await viewer.session.leave()
        #expect(house.plane.commands.last?.text == "close \(transport.id)")
    }

    @Test func aMemberOfTheStageWhoseMediaComesLaterIsSeenFromThenOn() async throws {
        let house = try House()
        let host = try await house.join("host", .host)
        let guest = try await joinWithoutOffer(house, "guest")
        try await guest.session.stage(.request)
        try await host.session.moderate(.approve(guest.participant.id))
        house.plane.forget()
        _ = try await guest.session.offer(offer())
        try await guest.session.publish(.camera)
        let transport = try #require(house.plane.opened.first)
        let camera = try #require(transport.publications.first { $0.receive.kind == .video })
        #expect(house.plane.commands.contains { $0.text == "gate \(camera.track) open" })
        #expect(
            house.plane.commands.contains { command in
                if case .fillSlot(_, _, let fill) = command { fill?.track == camera.track } else { false }
            })
    }

    @Test func eventsOfTheLaterTransportReachTheParticipant() async throws {
        let house = try House()
        try await house.running {
            let viewer = try await joinWithoutOffer(house, "viewer")
            _ = try await viewer.session.offer(offer())
            await house.connect(viewer, transport: 0)
            house.plane.tell([.transportClosed(house.plane.opened[0].id, .consentExpired)])
            for await event in viewer.events where event == .closed(.mediaLost(.consentExpired)) { return }
            Issue.record("the end of the media was not told")
        }
    }

    @Test func oneWithoutMediaIsKeptAfterItsSignalingAsOthersAre() async throws {
        let house = try House()
        let viewer = try await joinWithoutOffer(house, "viewer")
        await viewer.session.signalingLost()
        await house.pass(.milliseconds(29_999))
        #expect(await house.registry.participants(of: "stage", from: 0, limit: 10)?.count == 1)
        await house.pass(.milliseconds(1))
        #expect(await house.registry.participants(of: "stage", from: 0, limit: 10)?.isEmpty == true)
    }
}
