import MediaControl
import Primitives
import SDP
import TestSupport
import Testing

@testable import Rooms

@Suite(.timeLimit(.minutes(10)))
struct LeavingTests {
    @Test func whoLeavesFreesTheSeat() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        try await host.session.publish(.camera)
        let opened = house.plane.opened
        house.plane.forget()
        await host.session.leave()
        #expect(house.plane.commands.map(\.text) == ["fill \(opened[1].id) 1 nothing", "close \(opened[0].id)"])
        #expect(house.plane.sendings.count == 1)
        await host.session.leave()
        #expect(house.plane.sendings.count == 1, "leaving twice is leaving once")
        var last: RoomEvent?
        for await event in host.events { last = event }
        #expect(last == .closed(.left))
        let events = await house.history(of: viewer)
        #expect(events.compactMap(\.stageDelta).last?.changes.map(\.standing) == [.audience])
        #expect(events.compactMap(\.slotChanges).last?.map(\.status) == [.empty])
        #expect(!events.contains(.closed(.roomEnded)), "the room goes on without its host")
    }

    @Test func aRemovedParticipantIsTold() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        try await host.session.moderate(.remove(viewer.participant.id))
        #expect(house.plane.commands.last?.text == "close \(house.plane.opened[1].id)")
        var history: [RoomEvent] = []
        for await event in viewer.events { history.append(event) }
        #expect(history.last == .closed(.removed))
    }

    @Test func endingTheRoomClosesEverybody() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        house.plane.forget()
        try await host.session.endRoom()
        #expect(house.plane.sendings.count == 1 && house.plane.commands.count == 2)
        #expect(await house.registry.snapshot().rooms.isEmpty)
        for joined in [host, viewer] {
            var last: RoomEvent?
            for await event in joined.events { last = event }
            #expect(last == .closed(.roomEnded))
        }
        let error = await #expect(throws: RoomError.self) { try await viewer.session.publish(.camera) }
        #expect(error?.code == .closed)
        let again = try await house.join("bob")
        #expect(again.stage.members.isEmpty, "a new room of the same name")
    }

    @Test func lostMediaFreesTheSeatAndIsNotClosedAgain() async throws {
        let house = try House()
        try await house.running {
            let host = try await house.join("ann", .host)
            let guest = try await house.join("bob", .costreamer)
            try await guest.session.publish(.camera)
            let opened = house.plane.opened
            house.plane.forget()
            house.plane.tell([.transportClosed(opened[1].id, .consentExpired)])
            var events = host.events.makeAsyncIterator()
            _ = await events.next { $0.stageDelta?.changes.first { $0.standing == .audience } }
            #expect(house.plane.commands.map(\.text) == ["fill \(opened[0].id) 1 nothing"])
            var last: RoomEvent?
            for await event in guest.events { last = event }
            #expect(last == .closed(.mediaLost(.consentExpired)))
        }
    }

    @Test func lostSignalingIsForgivenForAWhile() async throws {
        let house = try House { $0.resumeWindow = .seconds(30) }
        let run = Task { await house.registry.run() }
        defer { run.cancel() }
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        house.plane.tell([.transportConnected(house.plane.opened[1].id)])
        var connected = guest.events.makeAsyncIterator()
        _ = await connected.next { $0 == .transportConnected ? true : nil }
        await guest.session.signalingLost()
        house.clock.advance(by: .seconds(29))
        await house.registry.handleTimeouts()
        #expect(await house.registry.snapshot().participants == 2)
        await guest.session.signalingLost()
        house.clock.advance(by: .seconds(1))
        await house.registry.handleTimeouts()
        #expect(await house.registry.snapshot().participants == 1, "saying it twice wins no time")
        #expect(house.plane.commands.last?.text == "close \(house.plane.opened[1].id)")
        #expect(await connected.next(\.closeReason) == .signalingLost)
        _ = host
    }

    @Test func anEmptyRoomIsKeptForAWhile() async throws {
        let house = try House { $0.emptyRoomGrace = .seconds(30) }
        var joined = try await house.join("ann", .host)
        await joined.session.leave()
        house.clock.advance(by: .seconds(29))
        await house.registry.handleTimeouts()
        #expect(await house.registry.snapshot().rooms.count == 1)
        joined = try await house.join("ann", .host)
        #expect(joined.participant.id.description == "p2", "it is the same room")
        house.clock.advance(by: .seconds(60))
        await house.registry.handleTimeouts()
        #expect(await house.registry.snapshot().rooms.count == 1, "somebody is in it")
        await joined.session.leave()
        house.clock.advance(by: .seconds(30))
        await house.registry.handleTimeouts()
        #expect(await house.registry.snapshot().rooms.isEmpty)
    }

    @Test func invitationsExpireByTheRoomsOwnTimer() async throws {
        let house = try House { $0.settings.invitationLifetime = .seconds(60) }
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        try await host.session.moderate(.invite(viewer.participant.id))
        house.clock.advance(by: .seconds(60))
        var events = viewer.events.makeAsyncIterator()
        #expect(await events.next(\.ownStanding) == .invited)
        #expect(await events.next(\.ownStanding) == .audience)
    }

    @Test func theAudienceIsCountedAtMostOnceASecond() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        for number in 0..<10 {
            _ = try await house.join("viewer\(number)", offer: try Fixture.text("sdp/chromium_recvonly_av.sdp"))
        }
        house.clock.advance(by: .milliseconds(999))
        await house.registry.handleTimeouts()
        house.clock.advance(by: .milliseconds(1))
        await house.registry.handleTimeouts()
        house.clock.advance(by: .seconds(5))
        await house.registry.handleTimeouts()
        #expect(await house.history(of: host).compactMap(\.audienceCount) == [1, 10])
    }

    @Test func whoDoesNotReadIsClosedAndNobodyElseNotices() async throws {
        let house = try House { $0.eventBacklog = 16 }
        let host = try await house.join("ann", .host)
        let slow = try await house.join("slow")
        for _ in 0..<4 {
            try await host.session.publish(.camera)
            try await host.session.unpublish(.camera)
        }
        #expect(await house.registry.snapshot().participants == 1)
        var history: [RoomEvent] = []
        for await event in slow.events { history.append(event) }
        #expect(history.count == 17, "the backlog and the reason")
        #expect(history.last == .closed(.slowConsumer))
        #expect(house.plane.commands.last?.text == "close \(house.plane.opened[1].id)")
        #expect(await !house.history(of: host).contains(.closed(.slowConsumer)))
    }
}
