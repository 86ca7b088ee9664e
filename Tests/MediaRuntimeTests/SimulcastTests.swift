import Client
import Forwarding
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

@Suite struct SimulcastTests {
    private func playing(_ room: VirtualRoom) throws -> (Participant, Participant) {
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        return (publisher, viewer)
    }

    @Test func oneLayerIsForwardedTheLargest() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let video = viewer.records[1]
        #expect(video.layers.last == 2)
        #expect(video.decoded > 55)
        #expect(viewer.client.slots[1].statistics.lost == 0)
        #expect(video.pictureIDJumps == 0)
        // 3 packets a frame; were a second layer forwarded there would be 6.
        #expect(video.packets < 60 * 4)
    }

    @Test func whenTheLargestLayerDiesViewersGoOnWithTheNextFromAKeyframe() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        let before = try #require(publisher.publisher).layers[1].requests.count
        publisher.publisher?.layers[2].isActive = false
        room.run(.seconds(3))
        #expect(viewer.records[1].layers.last == 1)
        // The smaller one was in the buffer: nothing had to be asked for.
        #expect(publisher.publisher?.layers[1].requests.count == before)
        #expect(viewer.records[1].longestPause < .milliseconds(400))
        #expect(viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].pictureIDJumps == 0)
        #expect(viewer.records[1].timestampsBack == 0)

        publisher.publisher?.layers[1].isActive = false
        room.run(.seconds(3))
        #expect(viewer.records[1].layers.last == 0)

        for layer in 0..<3 { publisher.publisher?.layers[layer].isActive = true }
        room.run(.seconds(3))
        #expect(viewer.records[1].layers.last == 2)
        #expect(viewer.records[1].largestDrift < .milliseconds(150))
        #expect(viewer.records[1].pictureIDJumps == 0)
    }

    @Test func layersAreLatchedByMIDAndRID() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room)
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        #expect(track.encodings.map(\.ssrc) == publisher.client.encodings[1].map(\.ssrc))
        // The server has reported, so MID and RID are gone from the packets, and nothing is lost for it.
        #expect(publisher.client.encodings[1].allSatisfy { $0.isKnownToServer })
        #expect(room.drops(.unknownSSRC) == 0)
    }

    @Test func aViewerWhoJoinsGetsTheLargestLayerAtOnce() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room)
        let late = try room.join(.viewer())
        room.show(publisher, to: late)
        room.run(.seconds(2))
        #expect(late.records[1].layers == [2])
    }

    /// The viewer's subscription to video.
    private func subscription(_ viewer: Participant, _ room: VirtualRoom) throws -> SubscriptionIndex {
        try #require(room.worker.peers[viewer.id]).slots[1].subscription
    }

    @Test func subscriptionsGetDifferentEncodingsAtOnce() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        let modest = try room.join(.viewer())
        room.show(publisher, to: modest)
        room.run(.seconds(1))
        #expect(modest.records[1].layers == [2])
        let requests = try #require(publisher.publisher).layers[0].requests.count
        room.command(.setDemand(modest.id, slot: 1, SlotDemand(width: 160, height: 90)))
        room.run(.seconds(2))
        // One keyframe of the small encoding was asked for; both play on, each its own.
        #expect(publisher.publisher?.layers[0].requests.count == requests + 1)
        #expect(modest.records[1].layers == [2, 0] && viewer.records[1].layers == [2])
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        #expect(track.encodings.map(\.subscribers.count) == [1, 0, 1])
        #expect(track.encodings.map(\.targets) == [1, 0, 1])
        let decoded = (viewer.records[1].decoded, modest.records[1].decoded)
        room.run(.seconds(2))
        #expect(viewer.records[1].decoded - decoded.0 > 55 && modest.records[1].decoded - decoded.1 > 55)
        for participant in [viewer, modest] {
            #expect(participant.client.slots[1].statistics.lost == 0)
            #expect(participant.records[1].pictureIDJumps == 0 && participant.records[1].timestampsBack == 0)
            #expect(participant.records[1].longestPause < .milliseconds(150))
        }

        // Back to the largest.
        room.command(.setDemand(modest.id, slot: 1, SlotDemand()))
        room.run(.seconds(2))
        #expect(modest.records[1].layers == [2, 0, 2])
        #expect(track.encodings.map(\.subscribers.count) == [0, 0, 2])
    }

    @Test func anEncodingThatStopsGivesWayToASmallerOneAndAfterAWhileToOneThatCoversTheTile() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: 320, height: 180)))
        room.run(.seconds(1))
        #expect(viewer.records[1].layers == [2, 1])
        publisher.publisher?.layers[1].isActive = false
        room.run(.seconds(3))
        #expect(viewer.records[1].layers == [2, 1, 0])
        #expect(room.worker.router.maximum(of: try subscription(viewer, room)) == EncodingIndex(1))
        room.run(EncodingLadder.absence)
        #expect(viewer.records[1].layers == [2, 1, 0, 2])
        publisher.publisher?.layers[1].isActive = true
        room.run(.seconds(3))
        #expect(viewer.records[1].layers == [2, 1, 0, 2, 1])
        #expect(viewer.records[1].pictureIDJumps == 0 && viewer.client.slots[1].statistics.lost == 0)
    }

    @Test func aCapBoundsTheTargetAndNotTheMaximum() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        let index = try subscription(viewer, room)
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        for (cap, layer) in [(0, UInt8(0)), (1, 1)] {
            room.worker.router.setCap(of: index, to: LayerChoice(encoding: EncodingIndex(cap)), now: room.now)
            room.run(.seconds(1))
            #expect(viewer.records[1].layers.last == layer)
            #expect(room.worker.router.maximum(of: index) == EncodingIndex(2))
            #expect(room.worker.router.target(of: index) === track.encodings[cap])
        }
        // A cap above the maximum changes nothing.
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: 100, height: 50)))
        room.run(.seconds(1))
        #expect(viewer.records[1].layers.last == 0)
        room.worker.router.setCap(of: index, to: nil, now: room.now)
        room.run(.seconds(1))
        #expect(viewer.records[1].layers.last == 0)
        // The cap was for this track.
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand()))
        room.worker.router.setCap(of: index, to: LayerChoice(encoding: EncodingIndex(0)), now: room.now)
        room.command(.fillSlot(viewer.id, slot: 1, with: nil))
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        #expect(viewer.records[1].layers.last == 2)
    }

    @Test func whoLeavesIsForgottenByEveryEncoding() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        let index = try subscription(viewer, room)
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: 160, height: 90)))
        // Between two encodings.
        room.command(.closeTransport(viewer.id))
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        #expect(track.encodings.allSatisfy { $0.subscribers.isEmpty && $0.targets == 0 } && track.subscribers.isEmpty)
        #expect(!room.worker.router.subscriptions.contains(index))
        room.run(.seconds(1))
    }
}
