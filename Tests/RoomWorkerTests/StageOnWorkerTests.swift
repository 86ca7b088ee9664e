import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime
@testable import Rooms

/// From a message to the packet: rooms and worker together, in virtual time.
@Suite struct StageOnWorkerTests {
    /// Links of 5 to 60 ms, some of which lose packets.
    static func conditions(seed: UInt64) -> LinkConditions {
        var generator = SeededGenerator(seed: seed)
        return LinkConditions(
            latency: .milliseconds(Int64.random(in: 5...60, using: &generator)),
            loss: Bool.random(using: &generator) ? 0.02 : 0)
    }

    /// A host, somebody who raises a hand with a camera running, and a viewer; all connected.
    private struct Show {
        let room: RoomOnWorker
        let host: RoomOnWorker.Person
        let guest: RoomOnWorker.Person
        let viewer: RoomOnWorker.Person

        init(seed: UInt64) async throws {
            room = try RoomOnWorker(seed: seed, conditions: StageOnWorkerTests.conditions(seed: seed))
            host = try await room.join("host", .host)
            guest = try await room.join("guest")
            viewer = try await room.join("viewer")
            let peers = [host.peer, guest.peer, viewer.peer]
            #expect(await room.run(atMost: .seconds(10)) { peers.allSatisfy { $0.establishedAt != nil } })
            try await guest.joined.session.stage(.request)
        }

        func approve() async throws {
            try await host.joined.session.moderate(.approve(guest.joined.participant.id))
            room.carryOut()
            room.virtual.startPublishing(guest.peer)
            try await guest.joined.session.publish(.camera)
            try await guest.joined.session.publish(.microphone)
            room.carryOut()
        }

        /// The guest as the viewer has it: the host, who came first, has the first seat and publishes nothing.
        var picture: SlotRecord { viewer.peer.records[3] }
        /// Frames of the guest that the viewer decoded.
        var decoded: Int { picture.decoded }
        var heard: Int { viewer.peer.records[2].packets }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aPromotionReachesTheViewer(seed: UInt64) async throws {
        let show = try await Show(seed: seed)
        let start = show.room.now
        try await show.approve()
        #expect(await show.room.run(atMost: .seconds(2)) { show.picture.packets > 0 })
        let latency = Self.conditions(seed: seed).latency
        // Without loss the first packet takes the two links, and the worker's turn.
        if Self.conditions(seed: seed).loss == 0 {
            #expect(show.room.now - start <= latency * 2 + .milliseconds(5))
        }
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > 0 && show.heard > 0 })
        #expect(show.picture.publishers == [show.guest.peer.publisher?.identity])
        #expect(show.guest.peer.records.allSatisfy { $0.publishers.isEmpty }, "nobody is shown themselves")
        let snapshot = await show.room.registry.snapshot()
        #expect(snapshot.promotions.count == 1, "the first packet through the gate was noted")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aDemotionEndsThePictureWhileTheCameraGoesOn(seed: UInt64) async throws {
        let show = try await Show(seed: seed)
        try await show.approve()
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > 5 })
        try await show.host.joined.session.moderate(.demote(show.guest.joined.participant.id))
        show.room.carryOut()
        await show.room.run(atMost: .milliseconds(300))
        let shown = show.picture.packets
        await show.room.run(atMost: .seconds(1))
        #expect(show.picture.packets == shown)
        #expect(show.room.virtual.drops(.gateClosed) > 20)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aReloadOnStageIsSeenAgainInTheSameSeat(seed: UInt64) async throws {
        let show = try await Show(seed: seed)
        try await show.approve()
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > 5 })
        // The page is gone without a word; the new one joins with the same identity.
        show.room.virtual.freeze(show.guest.peer)
        let back = try await show.room.join("guest")
        #expect(back.joined.participant.standing == .onStage, "the place is given back")
        #expect(await show.room.run(atMost: .seconds(10)) { back.peer.establishedAt != nil })
        show.room.virtual.startPublishing(back.peer)
        try await back.joined.session.publish(.camera)
        show.room.carryOut()
        let identity = back.peer.publisher?.identity
        #expect(await show.room.run(atMost: .seconds(3)) { show.picture.publishers.last == identity })
        let before = show.decoded
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > before + 5 })
        #expect(show.picture.timestampsBack == 0)
        #expect(show.viewer.peer.records[1].packets == 0, "the seat stays the same")
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aCameraThatMovesToANewSectionIsSeenThere(seed: UInt64) async throws {
        let show = try await Show(seed: seed)
        try await show.approve()
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > 5 })
        try await show.guest.joined.session.unpublish(.camera)
        show.room.carryOut()
        await show.room.run(atMost: .milliseconds(500))
        let before = show.decoded
        try await show.room.moveCamera(of: show.guest, to: "c2")
        try await show.guest.joined.session.publish(.camera)
        show.room.carryOut()
        #expect(await show.room.run(atMost: .seconds(3)) { show.decoded > before + 10 })
        #expect(show.picture.timestampsBack == 0)
        #expect(show.picture.publishers == [show.guest.peer.publisher?.identity])
        #expect(show.room.virtual.drops(.unknownSSRC) == 0)
    }

    @Test func theSameSeedGivesTheSameRun() async throws {
        var runs: [[Int]] = []
        for _ in 0..<2 {
            let show = try await Show(seed: 7)
            try await show.approve()
            await show.room.run(atMost: .seconds(2))
            runs.append([show.decoded, show.heard, show.room.virtual.turns])
        }
        #expect(runs[0] == runs[1] && runs[0][0] > 0)
    }
}
