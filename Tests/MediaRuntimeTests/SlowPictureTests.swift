import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// Slides and shared screens: less than a picture a second.
@Suite struct SlowPictureTests {
    private func slides(
        _ room: VirtualRoom, every interval: Duration, rids: [String] = []
    ) throws -> Participant {
        let publisher = try room.join(.publisher(rids: rids))
        publisher.publisher?.videoInterval = interval
        room.run(.milliseconds(500))
        room.startPublishing(publisher)
        return publisher
    }

    @Test(arguments: [2, 10, 60]) func aNewcomerSeesTheSlideAtOnce(seconds: Int) throws {
        let room = try VirtualRoom(conditions: LinkConditions(latency: .milliseconds(1)))
        let publisher = try slides(room, every: .seconds(seconds))
        room.run(.seconds(seconds * 3) + .seconds(seconds) / 2)
        let asked = publisher.publisher?.layers[0].requests.count
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(atMost: .seconds(1)) { viewer.records[1].decoded > 0 }
        let established = try #require(viewer.establishedAt)
        #expect(try #require(viewer.records[1].firstDecodedAt) - established < .milliseconds(120))
        room.run(.seconds(seconds * 2))
        #expect(viewer.records[1].decoded == 6)
        #expect(publisher.publisher?.layers[0].requests.count == asked)
        #expect(viewer.records[1].timestampsBack == 0 && viewer.records[1].pictureIDJumps == 0)
        #expect(viewer.records[1].largestDrift < .milliseconds(250), "\(viewer.records[1].largestDrift)")
    }

    @Test func aSlotThatGoesFromACameraToASlideKeepsItsClock() throws {
        let room = try VirtualRoom(conditions: LinkConditions(latency: .milliseconds(1)))
        let slide = try slides(room, every: .seconds(10))
        let camera = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.run(.seconds(1))
        room.startPublishing(camera)
        for _ in 0..<4 {
            room.show(camera, to: viewer)
            room.run(.seconds(4))
            room.show(slide, to: viewer)
            room.run(.milliseconds(7_300))
        }
        let video = viewer.records[1]
        #expect(video.publishers == [2, 1, 2, 1, 2, 1, 2, 1])
        #expect(video.timestampsBack == 0 && video.pictureIDJumps == 0 && video.strange == 0)
        // A second of a slide's time is a second of the camera's.
        #expect(video.largestDrift < .milliseconds(400), "\(video.largestDrift)")
        #expect(viewer.client.slots[1].statistics.lost == 0)
    }

    @Test func slidesInSeveralLayersStayInTheirLayer() throws {
        let room = try VirtualRoom()
        let publisher = try slides(room, every: .seconds(4), rids: ["a", "b", "c"])
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(10))
        let asked = publisher.publisher?.layers.map(\.requests.count)
        let layers = viewer.records[1].layers
        #expect(layers.last == 2)
        room.run(.seconds(40))
        #expect(viewer.records[1].layers == layers)
        #expect(publisher.publisher?.layers.map(\.requests.count) == asked)
        #expect(viewer.records[1].decoded >= 12)
        let late = try room.join(.viewer())
        room.show(publisher, to: late)
        room.run(.milliseconds(300))
        #expect(late.records[1].layers == [2] && late.records[1].decoded > 0)
    }

    @Test func aLayerThatStopsIsNoticedWithinAFewPictures() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        publisher.publisher?.layers[2].isActive = false
        room.run(.seconds(2))
        #expect(viewer.records[1].layers.last == 1)
        // Eight pictures, the request's way and the keyframe's.
        #expect(viewer.records[1].longestPause < .milliseconds(400), "\(viewer.records[1].longestPause)")
    }

    @Test func aLayerThatComesBackForAMomentIsNotWaitedFor() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        for _ in 0..<4 {
            publisher.publisher?.layers[2].isActive = false
            room.run(.seconds(20))
            #expect(viewer.records[1].layers.last == 1)
            publisher.publisher?.layers[2].isActive = true
            room.run(.milliseconds(300))
        }
        #expect(viewer.records[1].longestPause < .milliseconds(500), "\(viewer.records[1].longestPause)")
    }

    @Test func whatIsSentAgainKeepsNoLayerAlive() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        publisher.publisher?.layers[2].isActive = false
        let stopped = publisher.client.encodings[1][2]
        let end = room.now + .seconds(3)
        while room.now < end {
            // As Chromium probes: packets of a moment ago, again and again.
            publisher.client.retransmit(UInt16(truncatingIfNeeded: stopped.nextSequence - 2), of: stopped)
            room.settle(publisher)
            room.run(.milliseconds(50))
        }
        #expect(stopped.packetsRetransmitted > 50)
        #expect(viewer.records[1].layers.last == 1)
        #expect(viewer.records[1].longestPause < .milliseconds(400))
    }

    @Test func anOutageOfTheNetworkIsNoReasonToChangeTheLayer() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        let layers = viewer.records[1].layers
        for milliseconds in [300, 600, 900] {
            room.network.setConditions(
                LinkConditions(latency: .milliseconds(10), loss: 1), from: publisher.address, to: VirtualRoom.serverV4)
            room.run(.milliseconds(milliseconds))
            room.network.setConditions(LinkConditionsFor.goodLine, from: publisher.address, to: VirtualRoom.serverV4)
            room.run(.seconds(3))
        }
        #expect(viewer.records[1].layers == layers)
    }
}
