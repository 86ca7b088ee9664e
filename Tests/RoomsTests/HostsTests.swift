import Foundation
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Rooms

/// What becomes of a room whose last host has left, and of a second shared screen.
@Suite(.timeLimit(.minutes(1)))
struct HostsTests {
    @Test func everybodyLearnsOfHostsComingAndGoing() async throws {
        let house = try House()
        let viewer = try await house.join("bob")
        #expect(viewer.room.status.hosts == 0)
        let host = try await house.join("ann", .host)
        #expect(host.room.status.hosts == 1)
        _ = try await house.join("ann", .host)
        await host.session.leave()
        let second = try await house.join("eve", .host)
        await second.session.leave()
        let events = await house.history(of: viewer)
        #expect(events.compactMap(\.status).map(\.hosts) == [1, 2, 1], "a reload of the host changes nothing")
    }

    @Test func byDefaultTheRoomWaits() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        await host.session.leave()
        await house.pass(.seconds(3_600))
        #expect(await house.registry.snapshot().participants == 1)
        #expect(await house.history(of: viewer).compactMap(\.status) == [RoomStatus(isLocked: false, hosts: 0)])
    }

    @Test func theRoomEndsAfterAWhileUnlessAHostComes() async throws {
        let house = try House { $0.settings.lastHostLeaves = .end }
        var host = try await house.join("ann", .host)
        let viewer = try await house.join("bob")
        await house.pass(.seconds(3_600))
        await host.session.leave()
        await house.pass(.seconds(59))
        let late = try await house.join("cid")
        #expect(late.room.status == RoomStatus(isLocked: false, hosts: 0, endsIn: .seconds(1)))
        host = try await house.join("eve", .host)
        await house.pass(.seconds(60))
        #expect(await house.registry.snapshot().rooms.count == 1)
        await host.session.leave()
        await house.pass(.seconds(60))
        #expect(await house.registry.snapshot().rooms.isEmpty)
        var events: [RoomEvent] = []
        for await event in viewer.events { events.append(event) }
        #expect(events.last == .closed(.roomEnded))
        #expect(events.compactMap(\.status).map(\.endsIn) == [.seconds(60), nil, .seconds(60)])
    }

    @Test func theModeratorWhoIsThereLongestBecomesHostElseTheCostreamer() async throws {
        let house = try House { $0.settings.lastHostLeaves = .promote }
        let host = try await house.join("ann", .host)
        let encoder = try await house.join("obs", .costreamer, autoPublish: true)
        let costreamer = try await house.join("cid", .costreamer)
        let moderator = try await house.join("mia", .moderator)
        let second = try await house.join("max", .moderator)
        await host.session.leave()
        await house.pass(.zero)
        try await moderator.session.lockRoom(true)
        await #expect(throws: RoomError.self) { try await second.session.lockRoom(false) }
        for joined in [moderator, second] { await joined.session.leave() }
        await house.pass(.zero)
        try await costreamer.session.lockRoom(false)
        let events = await house.history(of: costreamer)
        #expect(
            events.contains {
                if case .permissions(.host, let permissions) = $0 { permissions.canManageRoom } else { false }
            })
        #expect(events.compactMap(\.stageDelta).flatMap(\.changes).contains { $0.name == "CID" && $0.role == .host })
        _ = encoder
    }

    @Test func aHostWhoMayComeBackIsWaitedFor() async throws {
        let house = try House { $0.settings.lastHostLeaves = .promote }
        let host = try await house.join("ann", .host)
        let moderator = try await house.join("mia", .moderator)
        await host.session.signalingLost()
        await house.pass(.seconds(8))
        #expect(await house.registry.snapshot().participants == 1)
        await #expect(throws: RoomError.self) { try await moderator.session.lockRoom(true) }
        await house.pass(.seconds(22))
        try await moderator.session.lockRoom(true)
    }

    // MARK: Screens

    @Test func aSecondScreenIsRefusedAndTheFirstIsNamed() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let other = try await house.join("bob", .costreamer)
        try await other.session.publish(.screen)
        let error = await #expect(throws: RoomError.self) { try await host.session.publish(.screen) }
        #expect(error?.code == .screenTaken && error?.message.contains("BOB") == true)
        try await other.session.publish(.screen)
        try await host.session.moderate(.mute(other.participant.id, .screen))
        try await host.session.publish(.screen)
        await #expect(throws: RoomError.self) { try await other.session.publish(.screen) }
        try await host.session.unpublish(.screen)
        try await other.session.publish(.screen)
    }

    @Test func aScreenNotedInTheAudienceDoesNotComeOnStageBesideAnother() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        try await guest.session.publish(.screen)
        try await guest.session.publish(.camera)
        try await host.session.publish(.screen)
        try await host.session.moderate(.invite(guest.participant.id))
        try await guest.session.stage(.accept)
        let viewer = try await house.join("cid")
        #expect(viewer.stage.members.map { $0.tracks.map(\.source) } == [[.screen], [.camera]])
        #expect(await house.history(of: guest).contains(.muteRequested(.screen)))
    }

    // MARK: The log

    @Test func theLogSaysWhoCameAndWentAndWhy() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join(
            "bob", credential: Credential(subject: "bob", expiresAt: House.start + 60))
        try await host.session.moderate(.invite(guest.participant.id))
        try await guest.session.stage(.accept)
        try await host.session.moderate(.demote(guest.participant.id))
        try await host.session.moderate(.remove(guest.participant.id))
        _ = try? await house.join("bob", credential: Credential(subject: "bob", expiresAt: House.start + 60))
        _ = try? await house.join("bob\n2027 forged line")
        try await host.session.endRoom()
        let lines = house.log.lines
        #expect(
            lines.map { $0.components(separatedBy: " room=")[0] } == [
                "joined", "joined", "promoted", "demoted", "removed", "left", "refused", "refused",
                "room ended",
            ])
        #expect(lines[0] == "joined room=stage participant=p1 identity=ann name=ANN role=host stage=onStage")
        #expect(lines[4].hasSuffix("by=p1") && lines[6].contains("code=removed"))
        #expect(lines[7].contains("2027 forged line") && lines[7].contains("code=badRequest"))
        #expect(lines.allSatisfy { !$0.contains("\n") })
    }

    @Test func theLogSaysThatAKeyframeDoesNotCome() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        try await host.session.publish(.camera)
        let camera = try #require(house.plane.opened[0].publications.first { $0.receive.kind == .video }).track
        let worker = try #require(house.plane.workers.first).id
        await house.registry.handle(
            [.keyframeMissing(camera, rid: nil, waited: .milliseconds(5_010), requests: 4)], from: worker)
        #expect(
            house.log.lines.last
                == "keyframe not coming room=stage participant=p1 identity=ann name=ANN role=host source=camera waited=5 s requests=4"
        )
    }

    @Test func theLogIsBoundedWhateverComesIn() {
        let log = Log()
        let journal = RoomJournal { text, fields in log.write(text, fields) }
        for millisecond in 0..<3_000 {
            for _ in 0..<5 {
                journal.write(
                    .refused(identity: "x", role: "viewer", code: "c", message: "m"), in: "r",
                    now: .zero + .milliseconds(millisecond))
            }
        }
        #expect(log.lines.count == 3 * RoomJournal.linesPerSecond)
        #expect(
            log.lines.filter { $0.hasPrefix("lines left out") } == [
                "lines left out count=4900", "lines left out count=4901",
            ])
    }
}

extension RoomEvent {
    fileprivate var status: RoomStatus? { if case .room(let status) = self { status } else { nil } }
}
