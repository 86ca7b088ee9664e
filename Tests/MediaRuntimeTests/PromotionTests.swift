import Forwarding
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

/// A publisher with several encodings who was on stage before and comes back.
@Suite struct PromotionTests {
    private struct Stage {
        let room: VirtualRoom
        let publisher: Participant
        let viewer: Participant

        /// On stage with the given layers, seen, and off stage again.
        init(layers: Set<Int>) throws {
            room = try VirtualRoom()
            publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
            viewer = try room.join(.viewer())
            room.show(publisher, to: viewer)
            room.run(.seconds(1))
            publish(layers)
            room.run(.seconds(2))
            demote()
        }

        func publish(_ layers: Set<Int>) {
            for index in 0..<3 {
                publisher.publisher?.layers[index].isActive = layers.contains(index)
                // An encoder that starts anew begins with a keyframe.
                publisher.publisher?.layers[index].wantsKeyframe = true
            }
            room.startPublishing(publisher)
        }

        func demote() {
            for track in publisher.tracks { room.command(.setGate(track, isOpen: false)) }
            for slot in 0..<2 { room.command(.fillSlot(viewer.id, slot: slot, with: nil)) }
            publisher.publisher?.stop()
        }

        func promote() {
            for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) }
            room.show(publisher, to: viewer)
        }

        /// How long after `start` the viewer decodes the next picture.
        func firstPicture(since start: MonotonicInstant) throws -> Duration {
            let before = viewer.records[1].decoded
            room.run(atMost: .seconds(3)) { viewer.records[1].decoded > before }
            return try #require(viewer.records[1].lastDecodedAt) - start
        }
    }

    @Test(arguments: [100, 300, 700, 1_500])
    func aSmallLayerIsShownAtOnceThoughALargerOneWasSentBefore(awayFor milliseconds: Int) throws {
        let stage = try Stage(layers: [0, 1, 2])
        stage.room.run(.milliseconds(milliseconds))
        stage.promote()
        stage.room.run(.milliseconds(30))
        let start = stage.room.now
        stage.publish([0])
        // Once to the server, a moment for larger ones that may come, once to the viewer.
        #expect(try stage.firstPicture(since: start) < .milliseconds(30) + CatchUps.patienceForLargest)
    }

    @Test func whoseFirstKeyframeMetAClosedGateIsAskedAtOnce() throws {
        let stage = try Stage(layers: [0])
        stage.room.run(.milliseconds(700))
        let start = stage.room.now
        stage.publish([0])
        stage.room.run(.milliseconds(20))
        stage.promote()
        // The next picture, the request's way back, the picture after that, and its way to the viewer.
        #expect(try stage.firstPicture(since: start) < .milliseconds(140))
    }

    @Test func nobodyIsAskedBeforeTheFirstPacket() throws {
        let stage = try Stage(layers: [0])
        let sent = stage.room.worker.statistics.keyframeRequestsSent
        stage.room.run(.milliseconds(700))
        stage.promote()
        stage.room.run(.milliseconds(400))
        #expect(stage.room.worker.statistics.keyframeRequestsSent == sent)
        let start = stage.room.now
        stage.publish([0])
        // Its first keyframe never comes.
        stage.publisher.publisher?.layers[0].wantsKeyframe = false
        #expect(try stage.firstPicture(since: start) < .milliseconds(120))
        #expect(stage.room.worker.statistics.keyframeRequestsSent == sent + 1)
    }
}
