import Forwarding
import MediaControl
import Primitives
import RTP
import SDP
import TestSupport
import Testing

@testable import MediaRuntime

/// Which encoding viewers get, whatever the RIDs are named and in whatever order the offer lists them.
@Suite struct LayerOrderTests {
    private func watching(
        _ room: VirtualRoom, isOpaque: Bool = false, prepare: (SyntheticPublisher) -> Void
    ) throws -> (Participant, Participant) {
        var joining = VirtualRoom.Joining.publisher(rids: ["0", "1", "2"])
        joining.isOpaque = isOpaque
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        prepare(try #require(publisher.publisher))
        room.startPublishing(publisher)
        return (publisher, viewer)
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]])
    func theLargestBySizeIsShown(order: [Int]) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try watching(room) { publisher in
            for (index, size) in order.enumerated() {
                publisher.layers[index].width = 320 << size
                publisher.layers[index].height = 180 << size
                // The rates say the opposite.
                publisher.layers[index].packetsPerFrame = 4 - size
            }
        }
        room.run(.seconds(3))
        let largest = UInt8(try #require(order.firstIndex(of: 2)))
        #expect(viewer.records[1].layers.last == largest)
        // The first keyframes tell it: nothing has to be asked for.
        #expect(publisher.publisher?.layers.allSatisfy { $0.requests.isEmpty } == true)
        #expect(viewer.records[1].decoded > 85)
        publisher.publisher?.layers[Int(largest)].isActive = false
        room.run(.seconds(2))
        #expect(viewer.records[1].layers.last == UInt8(try #require(order.firstIndex(of: 1))))
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
    func whereSizesCannotBeReadTheRatesTell(order: [Int]) throws {
        let room = try VirtualRoom()
        let (_, viewer) = try watching(room, isOpaque: true) { publisher in
            publisher.clearOctets = 0
            for (index, size) in order.enumerated() {
                publisher.layers[index].packetsPerFrame = 1 << size
                publisher.layers[index].packetsPerKeyframe = 2 << size
            }
        }
        room.run(.seconds(4))
        #expect(viewer.records[1].layers.last == UInt8(try #require(order.firstIndex(of: 2))))
        let layers = viewer.records[1].layers
        room.run(.seconds(10))
        #expect(viewer.records[1].layers == layers, "once chosen it stays")
    }

    /// An offer that lists the largest of `0;1;2` first, as OBS does, with H.264.
    @Test func theOfferOfAnEncoderThatNamesTheLargestFirstGetsItsLargestShown() throws {
        let offer = try Offer(parsing: Fixture.text("use/simulcast-largest-first.sdp"))
        var generator = SeededGenerator(seed: 5)
        let session = try Negotiator.negotiate(
            offer, policy: NegotiationPolicy(codecs: [.h264, .opus]), cnamePrefix: "p", generator: &generator)
        #expect(session.publications.map(\.encodings.count) == [1, 3])
        #expect(session.publications[1].encodings.map(\.rid) == ["0", "1", "2"])
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.publications = session.publications
        let publisher = try room.join(joining)
        var watching = VirtualRoom.Joining.viewer()
        watching.slotCodec = .h264
        let viewer = try room.join(watching)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        for index in 0..<3 {
            publisher.publisher?.layers[index].width = 1_280 >> index
            publisher.publisher?.layers[index].height = 736 >> index
        }
        room.startPublishing(publisher)
        room.run(.seconds(3))
        #expect(viewer.records[1].layers.last == 0 && viewer.records[1].decoded > 85)
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        #expect(track.encodings.map(\.pictureSize?.width) == [1_280, 640, 320])
        #expect(room.drops(.payloadMalformed) == 0 && viewer.records[1].strange == 0)
    }

    @Test func layersOfOneSizeAndNearlyOneRateDoNotTakeTurns() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try watching(room) { publisher in
            for index in publisher.layers.indices {
                publisher.layers[index].width = 640
                publisher.layers[index].height = 360
                publisher.layers[index].packetOctets = 600 + 40 * index
            }
        }
        room.run(.seconds(10))
        #expect(viewer.records[1].layers.count == 1)
    }
}
