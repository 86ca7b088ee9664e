import MediaControl
import Primitives
import RTP
import SDP
import TestSupport
import Testing

@testable import Rooms

@Suite(.timeLimit(.minutes(10)))
struct PromotionTests {
    @Test func publishingOnStageOpensTheGateAndFillsTheSlots() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        _ = try await house.join("bob")
        _ = try await house.join("eve")
        let opened = house.plane.opened
        let camera = opened[0].publications[1].track
        house.plane.forget()
        try await host.session.publish(.camera)
        #expect(house.plane.sendings.map { $0.commands.count } == [1, 2], "the gate, then the seats")
        let csrc = host.participant.id.csrc(of: .camera)
        #expect(
            house.plane.commands.map(\.text) == [
                "gate \(camera) open", "fill \(opened[1].id) 1 \(camera) \(csrc)",
                "fill \(opened[2].id) 1 \(camera) \(csrc)",
            ])
        house.plane.forget()
        try await host.session.publish(.camera)
        #expect(house.plane.sendings.isEmpty, "once more changes nothing")
        try await host.session.unpublish(.camera)
        #expect(
            house.plane.commands.map(\.text) == [
                "gate \(camera) closed", "fill \(opened[1].id) 1 nothing", "fill \(opened[2].id) 1 nothing",
            ])
    }

    @Test func aPromotionNegotiatesNothing() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        _ = try await house.join("eve")
        let opened = house.plane.opened
        let (microphone, camera) = (opened[1].publications[0].track, opened[1].publications[1].track)
        house.plane.forget()
        try await viewer.session.stage(.request)
        try await viewer.session.publish(.camera)
        try await viewer.session.publish(.microphone)
        #expect(house.plane.sendings.isEmpty, "nothing moves in the audience")
        try await host.session.moderate(.approve(viewer.participant.id))
        #expect(house.plane.sendings.map { $0.commands.count } == [2, 4], "the gates, then the seats")
        let id = viewer.participant.id
        let (voice, face) = (id.csrc(of: .microphone), id.csrc(of: .camera))
        #expect(
            house.plane.commands.map(\.text) == [
                "gate \(microphone) open", "gate \(camera) open",
                "fill \(opened[0].id) 0 \(microphone) \(voice)", "fill \(opened[0].id) 1 \(camera) \(face)",
                // The host, who publishes nothing yet, has the first seat at the other viewer.
                "fill \(opened[2].id) 2 \(microphone) \(voice)", "fill \(opened[2].id) 3 \(camera) \(face)",
            ])
        let events = await house.history(of: viewer)
        let own = events.compactMap(\.ownStanding)
        #expect(own == [.requested, .onStage])
        #expect(events.compactMap(\.slotChanges) == [], "one is not shown oneself")
    }

    @Test func aDemotionClosesTheGateBeforeAnybodyHearsOfIt() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        try await guest.session.publish(.microphone)
        let opened = house.plane.opened
        let microphone = opened[1].publications[0].track
        house.plane.forget()
        var events = guest.events.makeAsyncIterator()
        async let demoted = events.next { $0.ownStanding == .audience ? house.plane.commands.map(\.text) : nil }
        try await host.session.moderate(.demote(guest.participant.id))
        #expect(
            await demoted?.first == "gate \(microphone) closed",
            "when the guest hears of it the gate is closed")
        #expect(
            house.plane.commands.map(\.text) == ["gate \(microphone) closed", "fill \(opened[0].id) 0 nothing"])
        #expect(house.plane.sendings.count == 2)
        // What was published is forgotten, so a later promotion does not show what is not sent.
        house.plane.forget()
        try await guest.session.stage(.request)
        #expect(house.plane.sendings.isEmpty)
        let delta = try #require(await house.history(of: host).compactMap(\.stageDelta).last)
        #expect(delta.changes.map(\.standing) == [.onStage])
        #expect(delta.changes.first?.tracks == [])
    }

    @Test func effectsOrderCommandsByWhatTheyDo() throws {
        var effects = RoomEffects()
        effects.closing.append(.closeTransport(TransportID(rawValue: 4)))
        effects.fills.append(.fillSlot(TransportID(rawValue: 3), slot: 0, with: nil))
        effects.gates.append(.setGate(TrackID(rawValue: 2), isOpen: false))
        effects.opening.append(.setGate(TrackID(rawValue: 1), isOpen: true))
        #expect(
            effects.commands.map(\.text) == [
                "gate track-1 open", "gate track-2 closed", "fill transport-3 0 nothing", "close transport-4",
            ])
    }

    @Test func onlyThoseWhoModerateSeeRaisedHands() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let hands = [try await house.join("bob"), try await house.join("eve")]
        let other = try await house.join("joe")
        for hand in hands.reversed() { try await hand.session.stage(.request) }
        let moderator = try await house.join("mod", .moderator)
        #expect(moderator.stage.requests.map(\.participant) == hands.reversed().map(\.participant.id))
        let late = try await house.join("late")
        #expect(late.stage.requests.isEmpty)
        try await host.session.moderate(.deny(hands[0].participant.id))
        try await hands[1].session.stage(.withdraw)
        try await moderator.session.moderate(.invite(other.participant.id))
        try await other.session.stage(.decline)

        let told = await house.history(of: host).compactMap(\.stageDelta)
        #expect(
            told.flatMap(\.changes).map { "\($0.participant) \($0.standing)" } == [
                "p3 requested", "p2 requested", "p2 audience", "p3 audience", "p4 invited", "p4 audience",
            ])
        #expect(told.map(\.version) == told.map(\.version).sorted())
        for viewer in [late, other] {
            var history: [RoomEvent] = []
            for await event in viewer.events { history.append(event) }
            #expect(history.compactMap(\.stageDelta).isEmpty)
        }
    }

    @Test func permissionsAreAsked() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let moderator = try await house.join("mod", .moderator)
        var mute = Role.viewer.permissions
        mute.canRequestStage = false
        mute.publish = [.microphone]
        let viewer = try await house.join("bob", permissions: mute)
        func code(_ body: () async throws -> Void) async -> RoomError.Code? {
            await #expect(throws: RoomError.self) { try await body() }?.code
        }
        let (hostID, viewerID) = (host.participant.id, viewer.participant.id)
        #expect(await code { try await viewer.session.stage(.request) } == .forbidden)
        #expect(await code { try await viewer.session.publish(.camera) } == .forbidden)
        #expect(await code { try await viewer.session.moderate(.demote(hostID)) } == .forbidden)
        #expect(await code { try await viewer.session.endRoom() } == .forbidden)
        #expect(await code { try await moderator.session.endRoom() } == .forbidden)
        #expect(await code { try await moderator.session.moderate(.demote(hostID)) } == .forbidden)
        #expect(await code { try await moderator.session.moderate(.remove(hostID)) } == .forbidden)
        #expect(await code { try await moderator.session.moderate(.mute(hostID, .camera)) } == .forbidden)
        #expect(
            await code { try await moderator.session.moderate(.setPermissions(viewerID, mute)) } == .forbidden)
        #expect(
            await code { try await host.session.moderate(.invite(try participant(77))) } == .noSuchParticipant)
        #expect(await code { try await viewer.session.view([ViewRequest(mid: "0")]) } == .noSuchSlot)
        #expect(await code { try await viewer.session.stage(.accept) } == .conflict)
    }

    @Test func permissionsChangeWhileConnected() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        try await guest.session.publish(.camera)
        let camera = house.plane.opened[1].publications[1].track
        house.plane.forget()
        var fewer = guest.participant.permissions
        fewer.publish = [.microphone]
        try await host.session.moderate(.setPermissions(guest.participant.id, fewer))
        #expect(house.plane.commands.first?.text == "gate \(camera) closed")
        #expect(await house.history(of: guest).contains(.permissions(.costreamer, fewer)))
    }

    @Test func whoBecomesAModeratorSeesTheHandsRaisedAlready() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewers = [try await house.join("bob"), try await house.join("eve")]
        try await viewers[0].session.stage(.request)
        let (id, permissions) = (viewers[1].participant.id, Role.moderator.permissions)
        try await host.session.moderate(.setPermissions(id, permissions))
        try await viewers[1].session.moderate(.approve(viewers[0].participant.id))
        let changes = await house.history(of: viewers[1]).compactMap(\.stageDelta).flatMap(\.changes)
        #expect(changes.map(\.standing) == [.requested, .onStage])
    }

    @Test func aRepeatedRequestIsAnsweredAsTheFirstTime() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        let id = viewer.participant.id
        try await viewer.session.stage(.request)
        try await host.session.moderate(.approve(id), .init(requestID: "7"))
        try await viewer.session.stage(.leave)
        try await viewer.session.stage(.request)
        try await host.session.moderate(.approve(id), .init(requestID: "7"))
        let snapshot = await house.registry.snapshot()
        #expect(snapshot.onStage == 1, "the repeated approval does not bring the viewer back")
        let refused = StagePreconditions(version: 1, requestID: "8")
        for _ in 0..<2 {
            let error = await #expect(throws: RoomError.self) {
                try await host.session.moderate(.approve(id), refused)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test func ofTwoHostsWhoRaceOneIsToldOfTheConflict() async throws {
        let house = try House()
        let hosts = [try await house.join("ann", .host), try await house.join("ben", .host)]
        let viewer = try await house.join("bob")
        try await viewer.session.stage(.request)
        let seen = StagePreconditions(version: await house.registry.snapshot().rooms.first?.stageVersion)
        let id = viewer.participant.id
        async let approved: Void? = try? hosts[0].session.moderate(.approve(id), seen)
        async let denied: Void? = try? hosts[1].session.moderate(.deny(id), seen)
        let outcomes = await [approved != nil, denied != nil]
        #expect(outcomes.count { $0 } == 1, "one of them decides")
        var histories: [[StageDelta]] = [await house.history(of: hosts[0]).compactMap(\.stageDelta)]
        var second: [StageDelta] = []
        for await event in hosts[1].events { if let delta = event.stageDelta { second.append(delta) } }
        histories[0] = Array(histories[0].suffix(2))
        #expect(histories[0] == second.suffix(2), "everybody sees one order")
        #expect(second.last?.changes.first?.standing == (outcomes[0] ? .onStage : .audience))
    }

    @Test func aFullStageRefusesAndAnnouncesNothing() async throws {
        let house = try House { $0.settings.stageCapacity = 1 }
        let host = try await house.join("ann", .host)
        let second = try await house.join("ben", .host)
        #expect(second.participant.standing == .audience, "a host who finds the stage full watches first")
        let viewer = try await house.join("bob")
        try await viewer.session.stage(.request)
        let error = await #expect(throws: RoomError.self) {
            try await host.session.moderate(.approve(viewer.participant.id))
        }
        #expect(error?.code == .stageFull)
        try await host.session.stage(.leave)
        try await second.session.stage(.request)
        #expect(await house.registry.snapshot().onStage == 1)
        #expect(await house.history(of: second).compactMap(\.ownStanding) == [.onStage], "hosts need no approval")
    }

    @Test func whoComesOnStageAgainIsNotMutedFromBefore() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        func bringOnStage() async throws {
            try await host.session.moderate(.invite(guest.participant.id))
            try await guest.session.stage(.accept)
            for source in [TrackSource.microphone, .camera] { try await guest.session.publish(source) }
        }
        try await bringOnStage()
        try await guest.session.mute(.microphone, true)
        try await host.session.moderate(.mute(guest.participant.id, .camera))
        try await host.session.moderate(.demote(guest.participant.id))
        house.plane.forget()
        try await bringOnStage()
        let viewer = try await house.join("eve")
        let tracks = try #require(viewer.stage.members.last).tracks
        #expect(tracks.map(\.source) == [.microphone, .camera] && tracks.map(\.isMuted) == [false, false])
        let sections = house.plane.opened.isEmpty ? [] : house.plane.commands.map(\.text)
        #expect(sections.filter { $0.hasPrefix("gate ") && $0.hasSuffix(" open") }.count == 2, "\(sections)")
    }

    @Test func moderatorsMuteUntilTheOwnerUnmutes() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        let viewer = try await house.join("eve")
        try await guest.session.publish(.microphone)
        let microphone = house.plane.opened[1].publications[0].track
        house.plane.forget()
        try await host.session.moderate(.mute(guest.participant.id, .microphone))
        #expect(house.plane.commands.map(\.text) == ["gate \(microphone) closed"])
        try await guest.session.mute(.microphone, false)
        #expect(house.plane.commands.last?.text == "gate \(microphone) open")
        house.plane.forget()
        try await guest.session.mute(.microphone, true)
        #expect(house.plane.sendings.isEmpty, "one's own mute costs no keyframe")
        let statuses = await house.history(of: viewer).compactMap(\.slotChanges).flatMap { $0 }.map(\.status)
        #expect(statuses == [.playing, .muted, .playing, .muted])
        var requested = false
        for await event in guest.events where event == .muteRequested(.microphone) { requested = true }
        #expect(requested)
    }

    @Test func theTimeFromApprovalToTheFirstPacketIsMeasured() async throws {
        let house = try House()
        try await house.running {
            let host = try await house.join("ann", .host)
            let viewer = try await house.join("bob")
            try await viewer.session.stage(.request)
            try await viewer.session.publish(.camera)
            try await host.session.moderate(.approve(viewer.participant.id))
            house.clock.advance(by: .milliseconds(80))
            let opened = house.plane.opened[1]
            house.plane.tell([
                .trackStarted(opened.publications[1].track), .trackStarted(opened.publications[0].track),
                .transportConnected(opened.id),
            ])
            var events = viewer.events.makeAsyncIterator()
            _ = await events.next { $0 == .transportConnected ? true : nil }
            var promotions = await house.registry.snapshot().promotions
            #expect(promotions.count == 1 && promotions.sum == .milliseconds(80))
            _ = await house.registry.close(room: "stage")
            promotions = await house.registry.snapshot().promotions
            #expect(promotions.count == 1, "the figures of ended rooms are kept")
        }
    }

    @Test func aSlotThatCannotBeDecodedSaysSo() async throws {
        let house = try House()
        try await house.running {
            let host = try await house.join("ann", .host)
            let viewer = try await house.join("bob")
            try await host.session.publish(.camera)
            let transport = house.plane.opened[1].id
            let track = try #require(house.plane.filled(transport, slot: 1))
            // A late word about another track, and one about the track that is there.
            house.plane.tell([.slotChanged(transport, slot: 0, TrackID(rawValue: 9), .cannotDecode)])
            house.plane.tell([.slotChanged(transport, slot: 1, track, .cannotDecode)])
            var events = viewer.events.makeAsyncIterator()
            let told = await events.next { $0.slotChanges?.first { $0.status == .cannotDecode } }
            #expect(told?.mid == "5" && told?.content?.source == .camera)
        }
    }
}
