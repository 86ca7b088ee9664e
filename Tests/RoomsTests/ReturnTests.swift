import MediaControl
import Primitives
import TestSupport
import Testing

@testable import Rooms

/// Those who come back with the identity that they had.
@Suite(.timeLimit(.minutes(1)))
struct ReturnTests {
    @Test func whoJoinsAgainTakesThePlaceOnStageAndNobodyElseMoves() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        let third = try await house.join("cid", .costreamer)
        for (joined, source) in [(host, TrackSource.camera), (third, .camera)] {
            try await joined.session.publish(source)
        }
        try await guest.session.stage(.request)
        try await host.session.moderate(.approve(guest.participant.id))
        try await guest.session.publish(.camera)
        let viewer = try await house.join("dan")
        #expect(viewer.stage.members.map(\.name) == ["ANN", "CID", "BOB"])
        let order = try #require(viewer.stage.members.last?.order)
        house.plane.forget()
        let again = try await house.join("bob")
        #expect(again.participant.standing == .onStage)
        #expect(again.stage.members.map(\.name) == ["ANN", "CID", "BOB"])
        #expect(again.stage.members.last?.order == order)
        // Of the others only the one seat empties in which bob was seen, until he publishes again.
        let fills = house.plane.commands.map(\.text).filter { $0.hasPrefix("fill") && $0.hasSuffix("nothing") }
        #expect(fills.count == 3, "at the host, the third and the viewer: \(fills)")
        house.plane.forget()
        try await again.session.publish(.camera)
        #expect(house.plane.commands.map(\.text).filter { $0.hasPrefix("fill") }.count == 3)
        let deltas = await house.history(of: viewer).compactMap(\.stageDelta)
        #expect(deltas.first?.changes.map(\.standing) == [.audience, .onStage], "one message says both")
        #expect(deltas.count == 2)
    }

    @Test func aPlaceIsKeptForThirtySecondsAndNotLonger() async throws {
        for (seconds, standing) in [(29, StageStanding.onStage), (31, .audience)] {
            let house = try House()
            let run = Task { await house.registry.run() }
            defer { run.cancel() }
            let host = try await house.join("ann", .host)
            let guest = try await house.join("bob")
            try await host.session.moderate(.invite(guest.participant.id))
            try await guest.session.stage(.accept)
            await guest.session.signalingLost()
            await house.pass(.seconds(8))
            #expect(await house.registry.snapshot().participants == 1, "neither signaling nor media")
            await house.pass(.seconds(seconds - 8))
            let again = try await house.join("bob")
            #expect(again.participant.standing == standing, "after \(seconds) s")
        }
    }

    @Test func aRaisedHandComesBackWhereItWas() async throws {
        let house = try House()
        let run = Task { await house.registry.run() }
        defer { run.cancel() }
        let host = try await house.join("ann", .host)
        var guests: [Joined] = []
        for name in ["bob", "cid", "dan"] {
            guests.append(try await house.join(name))
            try await guests[guests.count - 1].session.stage(.request)
        }
        house.plane.tell([.transportClosed(house.plane.opened[1].id, .closedByPeer)])
        for await event in guests[0].events { if event.closeReason != nil { break } }
        let back = try await house.join("bob")
        #expect(back.participant.standing == .requested)
        let late = try await house.join("eve", .moderator)
        #expect(late.stage.requests.map(\.name) == ["BOB", "CID", "DAN"])
        try await host.session.moderate(.approve(back.participant.id))
    }

    @Test func anInvitationComesOverWithItsTime() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        try await host.session.moderate(.invite(guest.participant.id))
        await house.pass(.seconds(20))
        let again = try await house.join("bob")
        #expect(again.participant.standing == .invited)
        await house.pass(.seconds(40))
        let error = await #expect(throws: RoomError.self) { try await again.session.stage(.accept) }
        #expect(error?.code == .conflict, "it is 60 s old")
    }

    @Test func whoWentByTheirOwnWordOrWasSentBackHasNoPlace() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        var guest = try await house.join("bob")
        for end in 0..<3 {
            try await host.session.moderate(.invite(guest.participant.id))
            try await guest.session.stage(.accept)
            switch end {
            case 0: await guest.session.leave()
            case 1: try await host.session.moderate(.demote(guest.participant.id))
            default: try await guest.session.stage(.leave)
            }
            guest = try await house.join("bob")
            #expect(guest.participant.standing == .audience, "\(end)")
        }
    }

    @Test func aStageThatFilledUpMeanwhileGetsARaisedHand() async throws {
        let house = try House { $0.settings.stageCapacity = 2 }
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        try await host.session.moderate(.invite(guest.participant.id))
        try await guest.session.stage(.accept)
        await guest.session.signalingLost()
        await house.pass(.seconds(8))
        _ = try await house.join("cid", .costreamer)
        #expect(try await house.join("bob").participant.standing == .requested)
    }

    @Test func aViewersTokenDoesNotInheritAHostsPlace() async throws {
        let house = try House()
        _ = try await house.join("ann", .host)
        #expect(try await house.join("ann", .viewer).participant.standing == .audience)
    }

    // MARK: Ghosts

    @Test func aHandWhoseConnectionIsGoneIsMarkedAndCannotBeApproved() async throws {
        let house = try House()
        let run = Task { await house.registry.run() }
        defer { run.cancel() }
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        await house.connect(guest, transport: 1)
        try await guest.session.stage(.request)
        await guest.session.signalingLost()
        await house.pass(.seconds(3))
        for action in [ModerationAction.approve(guest.participant.id), .invite(guest.participant.id)] {
            let error = await #expect(throws: RoomError.self) { try await host.session.moderate(action) }
            #expect(error?.code == .participantAway)
        }
        let back = try await house.join("bob")
        try await host.session.moderate(.approve(back.participant.id))
        let changes = await house.history(of: host).compactMap(\.stageDelta).flatMap(\.changes)
        #expect(changes.map(\.standing) == [.requested, .requested, .audience, .requested, .onStage])
        #expect(changes.map(\.isAway) == [false, true, false, false, false])
    }

    @Test func aSilentPeerWithoutSignalingIsFreedAtOnceAndASpeakingOneIsNot() async throws {
        let house = try House()
        let run = Task { await house.registry.run() }
        defer { run.cancel() }
        _ = try await house.join("ann", .host)
        let killed = try await house.join("bob", .costreamer)
        let flowing = try await house.join("cid", .costreamer)
        let opened = house.plane.opened.map(\.id)
        house.plane.tell([.transportConnected(opened[1]), .transportConnected(opened[2])])
        var events = killed.events.makeAsyncIterator()
        _ = await events.next { $0 == .transportConnected ? true : nil }
        var others = flowing.events.makeAsyncIterator()
        _ = await others.next { $0 == .transportConnected ? true : nil }
        await killed.session.signalingLost()
        await flowing.session.signalingLost()
        await house.pass(.seconds(8))
        #expect(await house.registry.snapshot().participants == 3, "media may flow: nobody has said otherwise")
        house.plane.tell([.transportSilent(opened[1], true)])
        #expect(await events.next(\.closeReason) == .vanished)
        await house.pass(.seconds(21))
        #expect(await house.registry.snapshot().participants == 2, "media flows and keeps the place for 30 s")
        await house.pass(.seconds(1))
        #expect(await house.registry.snapshot().participants == 1)
    }

    @Test func silenceThatEndedIsForgotten() throws {
        var state = RoomState(name: "r", number: 1, configuration: RoomsConfiguration(), now: .zero)
        let (id, _) = try state.join(RoomStateTests().arrival("ann", .host), now: .zero)
        let transport = try #require(state.roster[id]?.transport)
        _ = state.handle(.transportConnected(transport), now: .zero)
        _ = state.handle(.transportSilent(transport, true), now: .zero + .seconds(8))
        _ = state.handle(.transportSilent(transport, false), now: .zero + .seconds(9))
        #expect(state.noteSignalingLost(id, attachment: 0, now: .zero + .seconds(10)).departures.isEmpty)
        let effects = state.handle(.transportSilent(transport, true), now: .zero + .seconds(18))
        #expect(effects.departures.map(\.reason) == [.vanished])
    }

    /// Whatever happens in whatever order, the stage's order has no doubles, and nobody away comes on stage.
    @Test(arguments: 0..<8)
    func placesStayInOrderWhateverHappens(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var configuration = RoomsConfiguration()
        configuration.settings.stageCapacity = 4
        configuration.settings.maximumRequests = 3
        var state = RoomState(name: "r", number: 1, configuration: configuration, now: .zero)
        var now = MonotonicInstant.zero
        let (host, _) = try state.join(RoomStateTests().arrival("host", .host), now: now)
        for step in 0..<2_000 {
            now = now + .milliseconds(Int64.random(in: 0...4_000, using: &generator))
            let name = "v\(Int.random(in: 0..<8, using: &generator))"
            let id = state.roster.id(identity: name)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1: _ = try? state.join(RoomStateTests().arrival(name, .viewer), now: now)
            case 2: if let id { _ = try? state.stage(.request, by: id, .none, now: now) }
            case 3: if let id { _ = try? state.moderate(.approve(id), by: host, .none, now: now) }
            case 4: if let id { _ = try? state.moderate(.invite(id), by: host, .none, now: now) }
            case 5: if let id { _ = try? state.stage(.accept, by: id, .none, now: now) }
            case 6: if let id { _ = state.noteSignalingLost(id, attachment: 0, now: now) }
            default: if let id { _ = state.leave(id, .mediaLost(.consentExpired), now: now) }
            }
            _ = state.handleTimeout(at: now)
            for list in [state.stage.members, state.stage.requests, state.stage.invitations] {
                let orders = list.map { state.stage.order(of: $0) }
                #expect(orders == orders.sorted() && Set(orders).count == orders.count, "step \(step)")
                #expect(list.allSatisfy { state.roster[$0] != nil })
            }
            #expect(state.stage.members.count <= 4 && state.stage.requests.count <= 3)
            #expect(state.kept.count <= KeptPlaces.capacity)
        }
    }

    @Test func placesAreKeptInBoundedNumber() {
        var kept = KeptPlaces()
        for number in 0..<1_000 {
            kept.keep(
                .init(stage: nil, isByRight: false, isHost: true, deadline: .zero + .seconds(30)), for: "\(number)",
                now: .zero)
        }
        #expect(kept.count == KeptPlaces.capacity)
        let (oldest, newest) = (kept.reclaim("0", now: .zero), kept.reclaim("999", now: .zero))
        #expect(oldest == nil && newest != nil)
        let late = kept.reclaim("998", now: .zero + .seconds(30))
        #expect(late == nil)
    }
}
