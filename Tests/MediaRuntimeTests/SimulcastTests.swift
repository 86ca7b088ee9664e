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
        #expect(publisher.publisher?.layers[1].requests.count == before + 1)
        // A second until the silence is believed, then one request.
        #expect(viewer.records[1].longestPause < .milliseconds(1_200))
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
        let track = try #require(room.worker.trackByID[publisher.videoTrack])
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
}
