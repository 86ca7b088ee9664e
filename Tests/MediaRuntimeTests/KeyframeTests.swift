import Client
import Forwarding
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct KeyframeTests {
    @Test func aLateJoinerGetsAPictureAfterOneKeyframeRequest() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(10))
        let before = try #require(publisher.publisher).layers[0].requests.count
        let late = try room.join(.viewer())
        room.show(publisher, to: late)
        room.run(atMost: .seconds(2)) { late.records[1].decoded > 0 }
        let established = try #require(late.establishedAt)
        let picture = try #require(late.records[1].firstDecodedAt)
        // The request, up to a frame's time, and the keyframe.
        #expect(picture - established < .milliseconds(100))
        room.run(.seconds(3))
        #expect(publisher.publisher?.layers[0].requests.count == before + 1)
        #expect(late.client.slots[1].keyframeRequests == 0, "the server asked before the viewer had to")
        #expect(late.records[1].keyframes == 1)
        #expect(late.records[1].decoded > 85)
    }

    @Test func aThrongGetsItsPictureFromOneKeyframe() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(1))
        let before = try #require(publisher.publisher).layers[0].requests.count
        var viewers: [Participant] = []
        for _ in 0..<20 { viewers.append(try room.join(.viewer())) }
        room.run(atMost: .seconds(2)) { viewers.allSatisfy { $0.client.isEstablished } }
        for viewer in viewers { room.show(publisher, to: viewer) }
        room.run(.milliseconds(300))
        #expect(viewers.allSatisfy { $0.records[1].decoded > 0 })
        // What has come since the last keyframe is little: nobody has to be asked.
        #expect(publisher.publisher?.layers[0].requests.count == before)
    }

    @Test func requestsOfFiveHundredViewersReachThePublisherAtMostOncePerHalfSecond() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        publisher.publisher?.layers[0].packetsPerFrame = 1
        publisher.publisher?.layers[0].packetsPerKeyframe = 1
        var joining = VirtualRoom.Joining.viewer()
        joining.options.sendsTransportFeedback = false
        var viewers: [Participant] = []
        for _ in 0..<500 {
            let viewer = try room.join(joining)
            viewers.append(viewer)
            room.command(.fillSlot(viewer.id, slot: 1, with: SlotFill(track: publisher.videoTrack, csrc: 9)))
        }
        #expect(room.run(atMost: .seconds(5)) { viewers.allSatisfy { $0.client.isEstablished } })
        room.startPublishing(publisher)
        let start = room.now
        for _ in 0..<20 {
            room.run(.milliseconds(100))
            for viewer in viewers {
                viewer.client.requestKeyframe(slot: 1)
                room.settle(viewer)
            }
        }
        room.run(.milliseconds(100))
        let requests = try #require(publisher.publisher).layers[0].requests.filter { $0 >= start }
        #expect((3...5).contains(requests.count))
        for (earlier, later) in zip(requests, requests.dropFirst()) {
            #expect(later - earlier >= KeyframeThrottle.interval)
        }
        #expect(viewers.allSatisfy { $0.records[1].decoded > 30 && $0.records[1].strange == 0 })
    }

    @Test func aLostRequestIsRepeatedUntilAKeyframeComes() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished && viewer.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(1))
        // Nothing reaches the publisher for a second.
        let cutUntil = room.now + .seconds(1)
        room.network.interceptor = { $0.to != publisher.address || $0.at > cutUntil }
        room.show(publisher, to: viewer)
        room.run(.seconds(2))
        #expect(viewer.records[1].decoded > 5)
    }

    @Test func aPublisherOfSoundAloneIsAskedForNothing() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        publisher.publisher?.layers[0].isActive = false
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished && viewer.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(3))
        #expect(publisher.publisher?.layers[0].requests.isEmpty == true)
        #expect(viewer.records[0].decoded > 145)
    }
}
