import Client
import MediaControl
import Primitives
import RTP
import Testing

@testable import MediaRuntime

@Suite struct SlotTests {
    @Test func aRefilledSlotGoesOnAsOneStream() throws {
        let room = try VirtualRoom()
        let first = try room.join(.publisher())
        let second = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(first, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(first)
        room.run(.milliseconds(437))
        room.startPublishing(second)
        room.run(.seconds(2))
        for round in 0..<6 {
            room.show(round.isMultiple(of: 2) ? second : first, to: viewer)
            room.run(.milliseconds(1_500))
        }

        let audio = viewer.records[0]
        let video = viewer.records[1]
        let slots = viewer.client.slots
        #expect(video.publishers == [1, 2, 1, 2, 1, 2, 1] && audio.publishers == video.publishers)
        #expect(slots.allSatisfy { $0.statistics.lost == 0 && $0.statistics.duplicates == 0 && $0.nacksSent == 0 })
        #expect(video.timestampsBack == 0 && audio.timestampsBack == 0)
        // The stream's clock never leaves the wall clock by more than a frame's time per switch.
        #expect(video.largestDrift < .milliseconds(100))
        #expect(audio.largestDrift < .milliseconds(60))
        #expect(video.pictureIDJumps == 0 && video.tl0IndexJumps == 0)
        #expect(video.sources == [1: [101], 2: [102]] && audio.sources == video.sources)
        #expect(video.longestPause < .milliseconds(150))
    }

    @Test func anEmptiedSlotFallsSilentAndGoesOnLater() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(1))
        for slot in 0...1 { room.command(.fillSlot(viewer.id, slot: slot, with: nil)) }
        room.run(.milliseconds(50))
        let packets = viewer.records.map(\.packets)
        room.run(.seconds(2))
        #expect(viewer.records.map(\.packets) == packets)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded > 50)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
        #expect(viewer.records.allSatisfy { $0.timestampsBack == 0 })
        #expect(viewer.records[1].largestDrift < .milliseconds(100))
    }

    @Test func seatsShowDifferentPublishersAtOnce() throws {
        let room = try VirtualRoom()
        let publishers = try (0..<4).map { _ in try room.join(.publisher()) }
        let viewer = try room.join(.viewer(seats: 4))
        for (seat, publisher) in publishers.enumerated() { room.show(publisher, to: viewer, seat: seat) }
        room.run(.seconds(1))
        for publisher in publishers { room.startPublishing(publisher) }
        room.run(.seconds(2))
        for seat in 0..<4 {
            #expect(viewer.records[2 * seat].publishers == [UInt32(seat + 1)])
            #expect(viewer.records[2 * seat + 1].publishers == [UInt32(seat + 1)])
            #expect(viewer.records[2 * seat + 1].decoded > 50)
        }
    }

    @Test func aParticipantMayPublishAndWatchOnOneTransport() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.seats = 1
        let one = try room.join(joining)
        let other = try room.join(joining)
        room.show(one, to: other)
        room.show(other, to: one)
        room.run(.seconds(1))
        room.startPublishing(one)
        room.startPublishing(other)
        room.run(.seconds(2))
        #expect(one.records[1].publishers == [2] && other.records[1].publishers == [1])
        #expect(one.records[1].decoded > 50 && other.records[1].decoded > 50)
    }

    @Test func aViewerWithoutTheCodecIsToldAndGetsNothingButSound() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        var joining = VirtualRoom.Joining.viewer()
        joining.slotCodec = .av1
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        #expect(viewer.records[1].packets == 0)
        #expect(viewer.records[0].decoded > 90)
        let told = room.events.compactMap { entry -> Int? in
            if case .slotChanged(viewer.id, let slot, _, .cannotDecode) = entry.event { slot } else { nil }
        }
        #expect(told == [1])
    }

    @Test func slotsBeyondThoseNegotiatedAreIgnored() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        for slot in [-1, 2, 99] {
            room.command(.fillSlot(viewer.id, slot: slot, with: SlotFill(track: publisher.videoTrack, csrc: 1)))
        }
        room.command(.fillSlot(TransportID(rawValue: 999), slot: 0, with: nil))
        room.command(.fillSlot(viewer.id, slot: 1, with: SlotFill(track: TrackID(rawValue: 424_242), csrc: 1)))
        room.run(.seconds(1))
        #expect(viewer.client.isEstablished)
    }

    @Test func numbersWrapWithoutALossAndRollOverCountersFollow() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        publisher.publisher?.layers[0].packetsPerFrame = 60
        publisher.publisher?.layers[0].packetOctets = 70
        let viewer = try room.join(.viewer())
        room.command(.fillSlot(viewer.id, slot: 1, with: SlotFill(track: publisher.videoTrack, csrc: 1)))
        room.run(.seconds(1))
        room.startPublishing(publisher)
        // 1,800 packets a second: both the publisher's numbers and the slot's pass 65,535 whereever they began.
        room.run(.seconds(38))
        let video = viewer.client.slots[1].statistics
        #expect(video.packets > 66_000)
        #expect(video.lost == 0 && video.duplicates == 0)
        #expect(viewer.records[1].decoded > 1_130)
        #expect(viewer.client.dropped == DropCounts())
        #expect(room.worker.counters.drops.byName == [:])
    }
}
