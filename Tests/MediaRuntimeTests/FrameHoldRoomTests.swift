import Client
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// Pictures leave in as few messages as their packets' arrival allows, and sound is not kept waiting.
@Suite struct FrameHoldRoomTests {
    /// A room whose publisher's packets arrive 0.3 ms apart, watched for two seconds.
    private func watched(hold: Duration, smallerBy difference: Int = 0) throws -> (
        room: VirtualRoom, viewer: Participant, messages: Int
    ) {
        let room = try VirtualRoom(frameHold: hold)
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        publisher.publisher?.layers[0].firstIsSmallerBy = difference
        var line = LinkConditions(latency: .milliseconds(10))
        line.rate = Bitrate(bitsPerSecond: 16_000_000)
        room.network.setConditions(line, from: publisher.address, to: VirtualRoom.serverV4)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(1))
        viewer.records = viewer.parameters.slots.map { SlotRecord(kind: $0.kind) }
        let before = room.sink.messages
        room.run(.seconds(2))
        return (room, viewer, room.sink.messages - before)
    }

    @Test func nobodyIsMadeToWaitLongerThanCanBeFelt() {
        let longest = MediaConfiguration.longestFrameHold
        #expect(MediaConfiguration(frameHold: longest + .milliseconds(1)).frameHold == longest)
        #expect(MediaConfiguration(frameHold: .zero - .milliseconds(1)).frameHold == .zero)
        #expect(MediaConfiguration().frameHold == MediaConfiguration.defaultFrameHold)
    }

    @Test func aHeldPictureLeavesInOneMessage() throws {
        let atOnce = try watched(hold: .zero)
        let held = try watched(hold: .milliseconds(2))
        for run in [atOnce, held] {
            #expect(run.viewer.records[1].packets >= 177 && run.viewer.records[1].strange == 0)
            #expect(run.viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
        }
        // Of three packets at 30 pictures a second two need no message of their own any more.
        #expect((110...124).contains(atOnce.messages - held.messages), "\(atOnce.messages) \(held.messages)")
    }

    @Test func soundIsNotHeldAndPicturesForNoLongerThanTold() throws {
        let atOnce = try watched(hold: .zero).viewer.records
        let held = try watched(hold: .milliseconds(2)).viewer.records
        #expect(held[0].longestLatency == atOnce[0].longestLatency)
        #expect(held[1].longestLatency <= atOnce[1].longestLatency + .milliseconds(2))
    }

    @Test func packetsOfAPictureGetOneSize() throws {
        let even = try watched(hold: .milliseconds(2))
        let uneven = try watched(hold: .milliseconds(2), smallerBy: 5)
        #expect(uneven.messages <= even.messages + 2)
        #expect(uneven.viewer.records[1].strange == 0 && uneven.viewer.records[1].packets >= 177)
        // More than may be padded stands in a message of its own.
        let large = try watched(hold: .milliseconds(2), smallerBy: PacketBuffer.maximumPadding + 1)
        #expect(large.messages >= even.messages + 55)
    }

    @Test func aPacketThatFillsAGapLeavesAtOnce() throws {
        let (room, viewer, _) = try watched(hold: .milliseconds(10))
        let publisher = room.participants[0]
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.1), from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(5))
        room.network.setConditions(LinkConditionsFor.goodLine, from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(1))
        #expect(viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].longestPause < .milliseconds(200))
    }

    /// Else the worker's thread would spin.
    @Test func aPublisherThatGoesWhileItsPictureIsHeldLeavesNothingDue() throws {
        let (room, viewer, _) = try watched(hold: .milliseconds(10))
        let publisher = room.participants[0]
        room.run(atMost: .milliseconds(100)) { room.worker.nextRelease != nil }
        #expect(room.worker.nextRelease != nil)
        publisher.publisher?.stop()
        room.command(.closeTransport(publisher.id))
        room.worker.finishTurn(now: room.now)
        try #require(room.worker.nextRelease == nil)
        room.run(.milliseconds(50))
        let next = try #require(room.worker.nextTimeout)
        #expect(next > room.now)
        #expect(room.closing(of: viewer) == nil)
    }

    /// Two packets that share a place in the buffer, in one turn: the second has the first's place, and only it is sent.
    @Test func numbersThatLeapDoNotSendWhatTheBufferHasLost() throws {
        let (room, viewer, _) = try watched(hold: .milliseconds(10))
        let publisher = room.participants[0]
        publisher.publisher?.stop()
        room.run(.milliseconds(50))
        let before = viewer.records[1].packets
        let encoding = publisher.client.encodings[1][0]
        let next = UInt16(truncatingIfNeeded: encoding.nextSequence)
        for leap in [0, UInt16(PacketBuffer.Limits.video.packets)] {
            publisher.client.sendForged(
                ssrc: encoding.ssrc, payloadType: 96, sequence: next &+ leap,
                payload: [0x80, 0xE0, 0x80, 1, 1, 0x20] + Array(repeating: 7, count: leap == 0 ? 20 : 1_300))
        }
        room.settle(publisher)
        room.run(.milliseconds(100))
        #expect(viewer.records[1].packets == before + 1)
    }
}
