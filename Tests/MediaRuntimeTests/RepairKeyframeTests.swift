import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// A picture for those who come late or switch, though the publisher sends keyframes when it pleases.
@Suite struct RepairKeyframeTests {
    static let loopback = LinkConditions(latency: .microseconds(100))

    /// Publishers that have sent for `duration` since their keyframe.
    private func room(
        publishers: Int = 1, for duration: Duration, listening: Bool, conditions: LinkConditions = loopback
    ) throws -> (room: VirtualRoom, publishers: [Participant]) {
        let room = try VirtualRoom(conditions: conditions)
        var all: [Participant] = []
        for _ in 0..<publishers { all.append(try room.join(.publisher())) }
        room.run(.milliseconds(500))
        if !listening {
            let addresses = Set(all.map(\.address))
            // PSFB: PLI and FIR. The type of RTCP is in clear.
            room.network.interceptor = { !(addresses.contains($0.to) && $0.octets.count > 1 && $0.octets[1] == 206) }
        }
        for publisher in all { room.startPublishing(publisher) }
        room.run(duration)
        return (room, all)
    }

    /// Watches what the viewer is sent: no number of a stream may be used twice.
    private func watchNumbers(_ room: VirtualRoom, of viewer: Participant) -> Numbers {
        let numbers = Numbers()
        room.sink.observer = { octets, path in
            guard path.remote == viewer.address, octets.count > 12, octets[0] & 0xC0 == 0x80,
                !(192...223).contains(octets[1])
            else { return }
            if !numbers.seen.insert(Array(octets[2..<4] + octets[8..<12])).inserted { numbers.repeated += 1 }
        }
        return numbers
    }

    private final class Numbers {
        var seen: Set<[UInt8]> = []
        var repeated = 0
    }

    private func lipSyncError(_ viewer: Participant) throws -> Duration {
        var offsets: [Int64] = []
        for (slot, record) in zip(viewer.client.slots, viewer.records) {
            let report = try #require(slot.lastSenderReport).report
            let capture = try #require(record.lastCapture)
            let ticks = Int64(Int32(bitPattern: capture.timestamp &- report.rtpTimestamp))
            let clockRate: Int64 = slot.parameters.kind == .audio ? 48_000 : 90_000
            let time = report.ntpTimestamp + .nanoseconds(ticks * 1_000_000_000 / clockRate)
            let origin = NTPTimestamp(nanosecondsSince1970: VirtualRoom.serverWallClock)
            offsets.append((time - origin).wholeNanoseconds - capture.capturedAt.nanoseconds)
        }
        return .nanoseconds(abs(offsets[0] - offsets[1]))
    }

    private func expectOneStream(_ viewer: Participant, _ numbers: Numbers) throws {
        let video = viewer.records[1]
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 && $0.nacksSent == 0 })
        #expect(video.timestampsBack == 0 && video.pictureIDJumps == 0 && video.tl0IndexJumps == 0)
        // What is caught up on is drawn together to 50 ms and takes up to 100 ms on its way.
        #expect(video.largestDrift < .milliseconds(160), "\(video.largestDrift)")
        #expect(numbers.repeated == 0)
        #expect(try lipSyncError(viewer) <= .milliseconds(10))
    }

    @Test(arguments: [0.4, 1, 3, 9.5]) func aJoiningViewerSeesThePictureAtOnceWithoutANewKeyframe(
        _ age: Double
    ) throws {
        let (room, publishers) = try room(for: .milliseconds(Int64(age * 1_000)), listening: false)
        let viewer = try room.join(.viewer())
        let numbers = watchNumbers(room, of: viewer)
        room.show(publishers[0], to: viewer)
        room.run(atMost: .seconds(2)) { viewer.records[1].decoded > 0 }
        let established = try #require(viewer.establishedAt)
        let picture = try #require(viewer.records[1].firstDecodedAt)
        #expect(picture - established < .milliseconds(200))
        let from = room.now
        room.run(.seconds(2))
        // From the keyframe on everything was shown, and the last frame is that of now.
        let sent = try #require(publishers[0].publisher).layers[0].frame
        #expect(viewer.records[1].decoded >= Int(sent) - 2)
        #expect(viewer.records[1].keyframes == 1)
        #expect(room.now - (try #require(viewer.records[1].lastDecodedAt)) < .milliseconds(40))
        #expect(viewer.records[1].lastDecodedAt ?? .zero > from)
        try expectOneStream(viewer, numbers)
        #expect(room.worker.statistics.catchUps == 1)
    }

    @Test func aSlotThatSwitchesShowsTheOtherPictureAtOnce() throws {
        let (room, publishers) = try room(publishers: 2, for: .seconds(3), listening: false)
        let viewer = try room.join(.viewer())
        let numbers = watchNumbers(room, of: viewer)
        room.show(publishers[0], to: viewer)
        room.run(.seconds(1))
        for round in 1...5 {
            let target = publishers[round % 2]
            let before = viewer.records[1].keyframes
            let from = room.now
            room.show(target, to: viewer)
            room.run(atMost: .seconds(1)) { viewer.records[1].keyframes > before }
            #expect(room.now - from < .milliseconds(200))
            room.run(.milliseconds(300))
        }
        room.run(.seconds(1))
        #expect(viewer.records[1].publishers == [1, 2, 1, 2, 1, 2])
        try expectOneStream(viewer, numbers)
    }

    @Test func aShortRunIsSentWithoutAskingAndALongOneOnlyInPlaceOfAKeyframe() throws {
        let (room, publishers) = try room(for: .seconds(2), listening: true)
        let layer = { publishers[0].publisher?.layers[0].requests.count ?? 0 }
        let asked = layer()
        let early = try room.join(.viewer())
        room.show(publishers[0], to: early)
        room.run(.seconds(1))
        #expect(layer() == asked && early.records[1].decoded > 60)
        // 45 KB a second: after 8 s the run is longer than what is sent at once.
        room.run(.seconds(6))
        let late = try room.join(.viewer())
        room.show(publishers[0], to: late)
        room.run(.seconds(1))
        #expect(layer() == asked + 1)
        #expect(late.records[1].decoded < 60 && late.records[1].keyframes == 1)
        #expect(room.worker.statistics.catchUps == 1)
    }

    @Test func lossOnEitherSideDoesNotKeepTheLatecomerFromItsPicture() throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let room = try VirtualRoom(seed: seed, conditions: LinkConditions(latency: .milliseconds(15)))
            let publisher = try room.join(.publisher())
            room.run(.milliseconds(500))
            room.network.setConditions(
                LinkConditions(latency: .milliseconds(15), loss: 0.05), from: publisher.address,
                to: VirtualRoom.serverV4)
            room.startPublishing(publisher)
            room.run(.seconds(3))
            let viewer = try room.join(.viewer())
            let numbers = watchNumbers(room, of: viewer)
            room.show(publisher, to: viewer)
            room.run(atMost: .seconds(1)) { viewer.client.isEstablished }
            room.network.setConditions(
                LinkConditions(latency: .milliseconds(15), loss: 0.05), from: VirtualRoom.serverV4, to: viewer.address)
            room.run(atMost: .seconds(1)) { viewer.records[1].decoded > 0 }
            let picture = try #require(viewer.records[1].firstDecodedAt)
            #expect(picture - (try #require(viewer.establishedAt)) < .milliseconds(250))
            room.run(.seconds(5))
            #expect(viewer.records[1].strange == 0 && numbers.repeated == 0)
            let sent = try #require(publisher.publisher).layers[0].frame
            #expect(viewer.records[1].decoded > Int(sent) - 10)
            #expect(viewer.records[1].keyframes == 1)
        }
    }

    @Test func fiveHundredViewersAskAtOnceAndThePublisherGetsOneRequest() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        publisher.publisher?.layers[0].packetsPerFrame = 1
        publisher.publisher?.layers[0].packetsPerKeyframe = 1
        var joining = VirtualRoom.Joining.viewer()
        joining.options.sendsTransportFeedback = false
        var viewers: [Participant] = []
        for number in 0..<500 {
            let viewer = try room.join(joining)
            viewers.append(viewer)
            // From next door to the other end of the world.
            let conditions = LinkConditions(latency: .milliseconds(5 + number / 4))
            room.network.setConditions(conditions, from: viewer.address, to: VirtualRoom.serverV4)
            room.network.setConditions(conditions, from: VirtualRoom.serverV4, to: viewer.address)
            room.command(.fillSlot(viewer.id, slot: 1, with: SlotFill(track: publisher.videoTrack, csrc: 9)))
        }
        #expect(room.run(atMost: .seconds(5)) { viewers.allSatisfy { $0.client.isEstablished } })
        room.startPublishing(publisher)
        room.run(.seconds(3))
        let before = try #require(publisher.publisher).layers[0].requests.count
        for viewer in viewers {
            viewer.client.requestKeyframe(slot: 1)
            room.settle(viewer)
        }
        room.run(.seconds(3))
        let requests = try #require(publisher.publisher).layers[0].requests
        #expect(requests.count == before + 1)
    }

    @Test func aThrongBeyondWhatIsCaughtUpAtATimeSharesOneKeyframe() throws {
        let (room, publishers) = try room(for: .seconds(4), listening: true)
        var viewers: [Participant] = []
        for _ in 0..<60 { viewers.append(try room.join(.viewer())) }
        room.run(atMost: .seconds(3)) { viewers.allSatisfy { $0.client.isEstablished } }
        let before = try #require(publishers[0].publisher).layers[0].requests.count
        for viewer in viewers { room.show(publishers[0], to: viewer) }
        room.run(.milliseconds(200))
        #expect(viewers.allSatisfy { $0.records[1].decoded > 0 })
        #expect(try #require(publishers[0].publisher).layers[0].requests.count == before + 1)
        room.run(.seconds(1))
        #expect(viewers.allSatisfy { $0.records[1].timestampsBack == 0 })
        // One number is left out where the keyframe cut a picture short.
        #expect(viewers.allSatisfy { $0.client.slots[1].statistics.lost <= 1 })
    }

    @Test func aViewerThatLostItsPictureIsHelpedThoughThePublisherDoesNotListen() throws {
        let (room, publishers) = try room(for: .seconds(2), listening: false)
        let viewer = try room.join(.viewer())
        let numbers = watchNumbers(room, of: viewer)
        room.show(publishers[0], to: viewer)
        room.run(.seconds(1))
        viewer.client.requestKeyframe(slot: 1)
        room.settle(viewer)
        room.run(.milliseconds(1_300))
        #expect(viewer.records[1].keyframes == 1, "it was there a moment ago")
        room.run(.seconds(2))
        viewer.client.requestKeyframe(slot: 1)
        room.settle(viewer)
        room.run(.milliseconds(1_300))
        #expect(room.worker.statistics.catchUps == 2)
        #expect(numbers.repeated == 0 && viewer.records[1].timestampsBack == 0)
        #expect(viewer.client.slots[1].statistics.lost == 0)
    }
}
