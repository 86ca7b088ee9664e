import Client
import Forwarding
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

/// Which encodings a publisher is told that anybody wants.
@Suite struct InterestTests {
    private let room: VirtualRoom
    private let publisher: Participant

    init() throws {
        room = try VirtualRoom()
        publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        publisher.publisher?.answersWithAllLayers = true
        room.run(.seconds(1))
        room.startPublishing(publisher)
    }

    /// What was told since `from`, and when.
    private func told(_ room: VirtualRoom, since from: MonotonicInstant) -> [(Duration, [Bool])] {
        room.events.compactMap { entry in
            guard entry.at >= from, case .encodingsWanted(let track, let demands) = entry.event,
                track == publisher.videoTrack, demands.map(\.rid) == ["q", "h", "f"]
            else { return nil }
            return (entry.at - from, demands.map(\.isWanted))
        }
    }

    /// The publisher's page does as it is told.
    private func obey(_ demands: [Bool]) {
        for (index, isWanted) in demands.enumerated() {
            guard let layer = publisher.publisher?.layers[index], layer.isActive != isWanted else { continue }
            publisher.publisher?.layers[index].isActive = isWanted
            publisher.publisher?.layers[index].wantsKeyframe = true
        }
    }

    private func show(_ layer: Int) throws -> Participant {
        let viewer = try room.join(.viewer())
        demand(layer, viewer)
        room.show(publisher, to: viewer)
        return viewer
    }

    private func demand(_ layer: Int, _ viewer: Participant) {
        room.command(
            .setDemand(viewer.id, slot: 1, SlotDemand(width: UInt16(160 << layer), height: UInt16(90 << layer))))
    }

    @Test func withoutViewersTheSmallestAloneIsWantedAfterFiveSeconds() throws {
        let start = room.now
        room.run(.milliseconds(4_900))
        #expect(told(room, since: start).isEmpty)
        room.run(.seconds(20))
        let events = told(room, since: start)
        #expect(events.map(\.1) == [[true, false, false]])
        #expect(events.allSatisfy { $0.0 > .seconds(5) && $0.0 < .milliseconds(5_200) })
    }

    @Test func theLargestMaximumDecidesAndOnIsToldAtOnce() throws {
        let small = try show(0)
        room.run(.seconds(8))
        obey(try #require(told(room, since: .zero).last).1)
        room.run(.seconds(8))
        #expect(small.records[1].layers == [0])
        // A larger tile: on at once, and the picture comes with it.
        let start = room.now
        demand(1, small)
        room.run(.milliseconds(1))
        #expect(told(room, since: start).map(\.1) == [[true, true, false]])
        obey([true, true, false])
        room.run(.milliseconds(400))
        #expect(small.records[1].layers == [0, 1])
        #expect(small.records[1].longestPause < .milliseconds(100))
        let large = try show(2)
        room.run(.milliseconds(60))
        #expect(told(room, since: start).map(\.1) == [[true, true, false], [true, true, true]])
        obey([true, true, true])
        room.run(.seconds(1))
        #expect(large.records[1].layers.last == 2)
        // He leaves: off after five seconds; until then nothing is told.
        let left = room.now
        room.command(.closeTransport(large.id))
        room.run(.milliseconds(4_990))
        #expect(told(room, since: left).isEmpty)
        room.run(.milliseconds(20))
        #expect(told(room, since: left).map(\.1) == [[true, true, false]])
        // Nobody froze meanwhile.
        #expect(small.records[1].longestPause < .milliseconds(100))
    }

    @Test func whoComesBackWithinFiveSecondsCostsNothing() throws {
        let viewer = try show(2)
        room.run(.seconds(2))
        let start = room.now
        for _ in 0..<6 {
            demand(0, viewer)
            room.run(.seconds(3))
            demand(2, viewer)
            room.run(.seconds(1))
        }
        #expect(told(room, since: start).isEmpty)
    }

    @Test func anEncodingThatIsOffIsNoFault() throws {
        let small = try show(0)
        room.run(.seconds(8))
        obey([true, false, false])
        room.run(.seconds(10))
        let requests = publisher.publisher?.layers.map(\.requests.count)
        let peer = try #require(room.worker.peers[publisher.id])
        let encodings = try #require(room.worker.snapshot(of: peer, now: room.now).tracks.last?.encodings)
        #expect(encodings.map(\.isWanted) == [true, false, false])
        #expect(encodings.allSatisfy { $0.keyframeWantedFor == nil })
        room.run(.seconds(5))
        #expect(publisher.publisher?.layers.map(\.requests.count) == requests)
        #expect(small.records[1].longestPause < .milliseconds(100))
    }

    @Test func aClosedGateMakesAllWantedAgain() throws {
        room.run(.seconds(8))
        let start = room.now
        room.command(.setGate(publisher.videoTrack, isOpen: false))
        room.run(.milliseconds(1))
        #expect(told(room, since: start).map(\.1) == [[true, true, true]])
        room.run(.seconds(20))
        #expect(told(room, since: start).count == 1)
    }

    @Test func aTrackWithOneEncodingIsNeverToldOf() throws {
        let single = try room.join(.publisher())
        room.run(.seconds(1))
        room.startPublishing(single)
        room.run(.seconds(20))
        let events = room.events.filter {
            if case .encodingsWanted(let track, _) = $0.event { track == single.videoTrack } else { false }
        }
        #expect(events.isEmpty)
    }
}
