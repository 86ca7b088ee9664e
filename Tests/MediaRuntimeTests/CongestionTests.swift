import Client
import CongestionControl
import Forwarding
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

/// What viewers behind narrow links get: a real worker, clients that send real feedback, and links with a rate and a queue.
@Suite struct CongestionTests {
    /// A publisher of three encodings of about 150, 500 and 1,700 kbit/s.
    private func publisher(in room: VirtualRoom) throws -> Participant {
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let shapes = [(2, 400), (3, 800), (7, 1_050)]
        for (index, shape) in shapes.enumerated() {
            publisher.publisher?.layers[index].packetsPerFrame = shape.0
            publisher.publisher?.layers[index].packetsPerKeyframe = shape.0 * 4
            publisher.publisher?.layers[index].packetOctets = shape.1
            publisher.publisher?.layers[index].width = 320 << index
            publisher.publisher?.layers[index].height = 180 << index
        }
        return publisher
    }

    private func link(_ kilobits: Int64?, queue: Int = 30_000) -> LinkConditions {
        LinkConditions(
            latency: .milliseconds(30), rate: kilobits.map { Bitrate.kilobits($0) }, queueOctets: queue)
    }

    /// A room with one viewer behind a link of this rate, who has been watching for some seconds.
    private func watching(
        kilobits: Int64?, for duration: Duration = .seconds(15), seed: UInt64 = 1, seats: Int = 1
    ) throws -> (VirtualRoom, Participant) {
        let room = try VirtualRoom(seed: seed, estimation: EstimatorSettings())
        let publishers = try (0..<seats).map { _ in try publisher(in: room) }
        let viewer = try room.join(.viewer(seats: seats))
        room.network.setConditions(link(kilobits), from: VirtualRoom.serverV4, to: viewer.address)
        for (seat, publisher) in publishers.enumerated() { room.show(publisher, to: viewer, seat: seat) }
        room.run(.seconds(1))
        for publisher in publishers { room.startPublishing(publisher) }
        room.run(duration)
        return (room, viewer)
    }

    @Test(arguments: [(nil, 2), (4_000, 2), (1_000, 1), (350, 0)] as [(Int64?, UInt8)])
    func aViewerGetsTheLargestEncodingThatItsLinkCarries(kilobits: Int64?, layer: UInt8) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let (room, viewer) = try watching(kilobits: kilobits, seed: seed)
            #expect(viewer.records[1].layers.last == layer)
            let decoded = viewer.records[1].decoded
            room.run(.seconds(5))
            // No picture for more than a third of a second would be a freeze.
            #expect(viewer.records[1].decoded - decoded > 130)
            #expect(viewer.records[0].longestPause < .milliseconds(200), "sound goes on")
            #expect(viewer.client.slots[1].statistics.lost == 0)
        }
    }

    private func link(of viewer: Participant, in room: VirtualRoom, kilobits: Int64?) {
        room.network.setConditions(link(kilobits), from: VirtualRoom.serverV4, to: viewer.address)
    }

    @Test func aViewerFollowsItsLinkDownAndUpAgain() throws {
        let (room, viewer) = try watching(kilobits: 3_000)
        #expect(viewer.records[1].layers.last == 2)
        link(of: viewer, in: room, kilobits: 600)
        room.run(.seconds(4))
        #expect(viewer.records[1].layers.last ?? 2 < 2)
        let before = viewer.records[1].decoded
        room.run(.seconds(10))
        #expect(viewer.records[1].decoded - before > 270)
        link(of: viewer, in: room, kilobits: 3_000)
        let isBack = room.run(atMost: .seconds(40)) { viewer.records[1].layers.last == 2 }
        #expect(isBack)
    }

    /// Three people on stage over a link for hardly one of them: sound of all, pictures of those who fit, and the others told.
    @Test func whoDoesNotFitIsPausedAndToldAndComesBack() throws {
        let (room, viewer) = try watching(kilobits: 420, seats: 3)
        let told = room.events.compactMap { entry -> (Int, SlotState)? in
            guard case .slotChanged(viewer.id, let slot, _, let state) = entry.event else { return nil }
            return (slot, state)
        }
        #expect(told.contains { $0.1 == .pausedForBandwidth })
        let before = (0..<3).map { viewer.records[2 * $0 + 1].decoded }
        room.run(.seconds(5))
        let served = (0..<3).filter { viewer.records[2 * $0 + 1].decoded - before[$0] > 100 }
        #expect(!served.isEmpty && served.count < 3)
        for seat in 0..<3 { #expect(viewer.records[2 * seat].longestPause < .milliseconds(400)) }
        link(of: viewer, in: room, kilobits: 8_000)
        let isBack = room.run(atMost: .seconds(60)) {
            (0..<3).allSatisfy { viewer.records[2 * $0 + 1].layers.last == 2 }
        }
        #expect(isBack, "layers \((0..<3).map { viewer.records[2 * $0 + 1].layers })")
    }

    /// Three people on stage, keyframes as large as browsers make them, and a viewer who comes in while they are there: the
    /// larger pictures come one after the other, without a queue that loses them, and no picture stands still meanwhile.
    @Test(arguments: [2_400, 3_000] as [Int64])
    func largerPicturesComeWithoutFillingTheLink(kilobits: Int64) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let room = try VirtualRoom(seed: seed, estimation: EstimatorSettings())
            let publishers = try (0..<3).map { _ in try publisher(in: room) }
            for publisher in publishers {
                for (index, packets) in [18, 45, 80].enumerated() {
                    publisher.publisher?.layers[index].packetsPerKeyframe = packets
                }
                room.startPublishing(publisher)
            }
            room.run(.seconds(1))
            let viewer = try room.join(.viewer(seats: 3))
            room.network.setConditions(
                link(kilobits, queue: Int(kilobits) * 300 / 8), from: VirtualRoom.serverV4, to: viewer.address)
            for (seat, publisher) in publishers.enumerated() { room.show(publisher, to: viewer, seat: seat) }
            let isThere = room.run(atMost: .seconds(12)) {
                (0..<3).allSatisfy { viewer.records[2 * $0 + 1].layers.last == 1 }
            }
            #expect(isThere, "layers \((0..<3).map { viewer.records[2 * $0 + 1].layers })")
            let pauses = (0..<3).map { viewer.records[2 * $0 + 1].longestPause }
            for pause in pauses { #expect(pause < .milliseconds(700), "the longest pauses are \(pauses)") }
        }
    }

    /// One encoding that is larger than the link: nothing smaller is there to be sent.
    @Test func aViewerBehindASlowLinkChangesNothingForOthers() throws {
        let room = try VirtualRoom(estimation: EstimatorSettings())
        let publisher = try publisher(in: room)
        let slow = try room.join(.viewer())
        let fast = try room.join(.viewer())
        link(of: slow, in: room, kilobits: 250)
        room.show(publisher, to: slow)
        room.show(publisher, to: fast)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(20))
        #expect(slow.records[1].layers.last == 0 && fast.records[1].layers.last == 2)
        #expect(fast.records[1].longestPause < .milliseconds(200))
        #expect(fast.client.slots[1].statistics.lost == 0)
        // The slow one's keyframe requests are few: each costs the publisher, and all others, a keyframe.
        #expect((publisher.publisher?.layers.map(\.keyframes).max() ?? 0) < 10)
    }

    /// Whoever cannot send feedback is not sent everything for ever.
    @Test func whoFallsSilentIsSentLessAndLess() throws {
        let (room, viewer) = try watching(kilobits: nil)
        #expect(viewer.records[1].layers.last == 2)
        var nothing = link(nil)
        nothing.loss = 1
        room.network.setConditions(nothing, from: viewer.address, to: VirtualRoom.serverV4)
        room.run(.seconds(4))
        let estimate = try #require(room.worker.peers[viewer.id]?.bandwidth).estimator.target(now: room.now).estimate
        #expect(estimate < .kilobits(300))
    }

    /// One large encoding, as of OBS: it is more than the first estimate, and goes on all the same where it fits.
    @Test(arguments: [true, false])
    func aLargeOnlyEncodingIsSentFromTheStartAndPausedWhereItDoesNotFit(fits: Bool) throws {
        let room = try VirtualRoom(estimation: EstimatorSettings())
        let publisher = try room.join(.publisher())
        publisher.publisher?.layers[0].packetsPerFrame = 14
        publisher.publisher?.layers[0].packetsPerKeyframe = 40
        publisher.publisher?.layers[0].packetOctets = 1_100
        let viewer = try room.join(.viewer())
        link(of: viewer, in: room, kilobits: fits ? 10_000 : 700)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(10))
        let decoded = viewer.records[1].decoded
        room.run(.seconds(5))
        let state = room.worker.router.isPaused(try #require(room.worker.peers[viewer.id]).slots[1].subscription)
        #expect(state == !fits)
        #expect(viewer.records[1].decoded - decoded > (fits ? 140 : -1))
        if fits {
            #expect(viewer.records[1].longestPause < .milliseconds(300))
        } else {
            // All is paused, and the link gets better: probes of padding find it out.
            link(of: viewer, in: room, kilobits: 10_000)
            let before = viewer.records[1].decoded
            let isBack = room.run(atMost: .seconds(30)) { viewer.records[1].decoded > before + 30 }
            #expect(isBack)
        }
    }

    @Test func aViewerWhoWaitedForThePublisherIsProbedAtTheFirstPicture() throws {
        let room = try VirtualRoom(seed: 1, estimation: EstimatorSettings())
        let publisher = try publisher(in: room)
        let viewer = try room.join(.viewer(seats: 1))
        room.network.setConditions(link(nil), from: VirtualRoom.serverV4, to: viewer.address)
        room.show(publisher, to: viewer, seat: 0)
        room.run(.seconds(33))
        #expect(room.worker.counters.statistics.packetsProbed == 0, "nothing is wanted yet")
        room.startPublishing(publisher)
        room.run(.milliseconds(400))
        #expect(room.worker.counters.statistics.packetsProbed >= 5)
        room.run(.milliseconds(1_600))
        #expect(viewer.records[1].layers.last == 2)
    }
}
