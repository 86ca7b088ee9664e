import Client
import MediaControl
import Primitives
import RTP
import Testing

@testable import MediaRuntime

@Suite struct GateTests {
    @Test func nothingComesThroughAClosedGate() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(isOpen: false))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished && viewer.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(2))
        #expect(viewer.records.allSatisfy { $0.packets == 0 })
        let sent = publisher.client.encodings.joined().reduce(0) { $0 + Int($1.packetsSent) }
        #expect(sent > 250)
        #expect(room.drops(.gateClosed) > UInt64(sent - 10))
        #expect(room.worker.statistics.packetsForwarded == 0)
        #expect(publisher.publisher?.layers[0].requests.isEmpty == true)
        #expect(!room.events.contains { if case .trackStarted = $0.event { true } else { false } })
    }

    @Test func promotionShowsThePictureAtOnceAndDemotionEndsItAtOnce() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(isOpen: false))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished && viewer.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(1))

        let promoted = room.now
        for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) }
        room.run(.seconds(1))
        let picture = try #require(viewer.records[1].firstDecodedAt)
        #expect(picture - promoted < .milliseconds(120))
        let started = room.events.filter { if case .trackStarted = $0.event { true } else { false } }
        #expect(started.count == 2)

        var forwarded = 0
        for track in publisher.tracks { room.command(.setGate(track, isOpen: false)) }
        room.sink.observer = { octets, path in
            if path.remote == viewer.address, octets[0] >= 128, !(192...223).contains(octets[1]) { forwarded += 1 }
        }
        room.run(.seconds(2))
        #expect(forwarded == 0)
        #expect(room.closing(of: viewer) == nil)

        for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) }
        let packets = viewer.records[1].decoded
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded > packets + 25)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
        #expect(viewer.records[1].pictureIDJumps == 0)
        #expect(viewer.records[1].timestampsBack == 0)
    }

    @Test func aPublisherIsNotToldThatAClosedGateLosesItsPackets() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        for track in publisher.tracks { room.command(.setGate(track, isOpen: false)) }
        publisher.publisher?.layers[0].isActive = false
        // Long enough for the numbers of sound to get half a cycle ahead, were they not followed.
        room.run(.seconds(680))
        publisher.publisher?.layers[0].isActive = true
        for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) }
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(3))
        #expect(viewer.records[0].decoded > 100)
        #expect(viewer.records[1].decoded > 50)
        for (_, event) in publisher.events {
            if case .reported(_, _, let block) = event { #expect(block.cumulativeLost == 0 && block.fractionLost == 0) }
        }
    }

    @Test func aViewerWithoutPublishSectionsCannotPublish() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        let intruder = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        // The intruder uses the SSRC, the MID and the payload types of the real publisher.
        var number: UInt16 = 100
        for encoding in publisher.client.encodings.joined() {
            for _ in 0..<50 {
                intruder.client.sendForged(ssrc: encoding.ssrc, payloadType: 111, sequence: number, mid: (4, "0"))
                number += 1
            }
        }
        room.settle(intruder)
        room.run(.seconds(1))
        #expect(viewer.records.allSatisfy { $0.packets == 0 })
        #expect(room.drops(.unknownSSRC) == 100)
    }
}
