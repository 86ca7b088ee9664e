import Client
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// Slots that go from one encoding to another while they are watched.
@Suite struct LayerSwitchTests {
    private func playing(
        _ room: VirtualRoom, prepare: (SyntheticPublisher) -> Void = { _ in }
    ) throws -> (Participant, Participant) {
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        prepare(try #require(publisher.publisher))
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        return (publisher, viewer)
    }

    private func demand(_ layer: Int, _ viewer: Participant, _ room: VirtualRoom) {
        room.command(
            .setDemand(viewer.id, slot: 1, SlotDemand(width: UInt16(160 << layer), height: UInt16(90 << layer))))
    }

    private func requests(_ publisher: Participant) -> Int {
        publisher.publisher?.layers.reduce(0) { $0 + $1.requests.count } ?? 0
    }

    /// How far sound and picture are apart by what the viewer was told.
    private func skew(_ viewer: Participant) throws -> Duration {
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

    /// The largest encoding is always 150 ms late.
    @Test func aHundredSwitchesToALateEncodingLeaveSoundAndPictureTogether() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room) {
            $0.layers[2].delay = .milliseconds(150)
            $0.answersWithAllLayers = true
        }
        var worst = Duration.zero
        for turn in 0..<100 {
            demand(turn % 2 == 0 ? 0 : 2, viewer, room)
            room.run(.milliseconds(1_200))
            #expect(viewer.records[1].layers.last == (turn % 2 == 0 ? 0 : 2), "\(turn)")
            worst = max(worst, try skew(viewer))
        }
        #expect(worst <= .milliseconds(20), "\(worst)")
        #expect(viewer.records[1].layers.count >= 101)
        #expect(viewer.records[1].timestampsBack == 0 && viewer.records[1].pictureIDJumps == 0)
        #expect(viewer.client.slots[1].statistics.lost == 0)
        // Nor does the clock leave that of arrival by more than the delay and the pictures that were drawn together.
        #expect(viewer.records[1].largestDrift < .milliseconds(200), "\(viewer.records[1].largestDrift)")
    }

    @Test func goingDownNeedsNoKeyframeAndGoingUpOne() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) {
            $0.answersWithAllLayers = true
            // A second of it is less than what is sent at once.
            $0.layers[0].packetsPerFrame = 1
            $0.layers[0].packetOctets = 300
        }
        let before = requests(publisher)
        demand(0, viewer, room)
        room.run(.milliseconds(100))
        #expect(viewer.records[1].layers == [2, 0] && requests(publisher) == before)
        for turn in 1...30 {
            demand(2, viewer, room)
            room.run(.milliseconds(1_100))
            #expect(viewer.records[1].layers.last == 2 && requests(publisher) == before + turn)
            demand(0, viewer, room)
            room.run(.milliseconds(1_100))
            #expect(viewer.records[1].layers.last == 0 && requests(publisher) == before + turn)
        }
        #expect(viewer.records[1].longestPause < .milliseconds(100), "\(viewer.records[1].longestPause)")
        #expect(viewer.records[1].timestampsBack == 0 && viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].largestDrift < .milliseconds(60), "\(viewer.records[1].largestDrift)")
    }

    /// Where the run since its last keyframe is short enough; a longer one is not worth it.
    @Test(arguments: [600, 1_200])
    func aLargerOneWhosePublisherIgnoresRequestsComesOutOfTheBuffer(packetOctets: Int) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) { $0.layers[2].packetOctets = packetOctets }
        demand(0, viewer, room)
        room.run(.milliseconds(500))
        #expect(viewer.records[1].layers == [2, 0])
        let synthetic = try #require(publisher.publisher)
        synthetic.ignoresRequests = true
        let asked = requests(publisher)
        demand(2, viewer, room)
        room.run(.milliseconds(900))
        #expect(viewer.records[1].layers == [2, 0] && requests(publisher) > asked)
        room.run(.milliseconds(300))
        #expect(viewer.records[1].layers == (packetOctets == 600 ? [2, 0, 2] : [2, 0]))
        synthetic.layers[2].wantsKeyframe = true
        room.run(.milliseconds(500))
        #expect(viewer.records[1].layers == [2, 0, 2])
        #expect(viewer.records[1].timestampsBack == 0 && viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].longestPause < .milliseconds(150), "\(viewer.records[1].longestPause)")
    }

    @Test func aKeyframeThatNobodyWaitsForAnyMoreIsNotMissed() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) { $0.layers[1].packetOctets = 1_200 }
        try #require(publisher.publisher).ignoresRequests = true
        demand(1, viewer, room)
        room.run(.seconds(1))
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        #expect(track.encodings.contains { $0.keyframes.wantedSince != nil })
        room.command(.fillSlot(viewer.id, slot: 1, with: nil))
        room.run(.milliseconds(100))
        #expect(track.encodings.allSatisfy { $0.keyframes.wantedSince == nil })
    }

    @Test func whereTheSmallerOnesRunIsLongAKeyframeIsAskedFor() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) { $0.layers[1].packetOctets = 1_200 }
        let before = try #require(publisher.publisher).layers[1].requests.count
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        demand(1, viewer, room)
        room.run(.milliseconds(15))
        #expect(viewer.records[1].layers == [2], "the larger one is shown until then")
        room.run(.milliseconds(200))
        #expect(viewer.records[1].layers == [2, 1])
        #expect(publisher.publisher?.layers[1].requests.count == before + 1)
        #expect(track.encodings.map(\.subscribers.count) == [0, 1, 0])
        #expect(viewer.records[1].longestPause < .milliseconds(100))
    }

    /// The first packets of a picture's encodings come one after the other, the largest last.
    @Test(arguments: [1, 15]) func theFirstPictureWaitsForTheLargest(milliseconds: Int) throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room) {
            $0.layers[1].delay = .milliseconds(milliseconds) / 2
            $0.layers[2].delay = .milliseconds(milliseconds)
        }
        #expect(viewer.records[1].layers == [2])
    }

    @Test func aLargerOneThatIsLaterThanThatIsNotWaitedFor() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room) { $0.layers[2].delay = .milliseconds(300) }
        #expect(viewer.records[1].layers == [1, 2])
        #expect(viewer.records[1].longestPause < .milliseconds(100) && viewer.records[1].timestampsBack == 0)
    }

    @Test func whoJoinsBetweenTwoKeyframesOfTheLargestSeesASmallerOneFirst() throws {
        let room = try VirtualRoom()
        let (_, _) = try playing(room) {
            $0.layers[0].packetsPerFrame = 1
            $0.layers[0].packetOctets = 300
            // 3 Mbit/s: in 3 s more than is sent to a newcomer at once.
            $0.layers[2].packetsPerFrame = 10
            $0.layers[2].packetOctets = 1_200
        }
        room.run(.seconds(2))
        let late = try room.join(.viewer())
        let publisher = room.participants[0]
        // The way to the publisher and back takes its time.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(60)), from: VirtualRoom.serverV4, to: publisher.address)
        room.show(publisher, to: late)
        room.run(.seconds(2))
        #expect(late.records[1].layers == [0, 2])
        let established = try #require(late.establishedAt)
        #expect(try #require(late.records[1].firstDecodedAt) - established < .milliseconds(60))
        #expect(late.client.slots[1].statistics.lost == 0 && late.records[1].timestampsBack == 0)
    }

    @Test func aKeyframeWhoseFirstPacketIsRestoredLateIsShownWhole() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        demand(0, viewer, room)
        room.run(.seconds(1))
        demand(2, viewer, room)
        // The next picture of the largest is the keyframe, and its first packet is lost once.
        let track = try #require(room.worker.router.tracks[publisher.videoTrack])
        let ssrc = try #require(track.encodings[2].ssrc).rawValue
        let keyframes = publisher.publisher?.layers[2].keyframes
        var isLost = false
        room.network.interceptor = { datagram in
            guard datagram.from == publisher.address, datagram.octets.count > 12, !isLost,
                datagram.octets[8..<12].reduce(0, { $0 << 8 | UInt32($1) }) == ssrc,
                publisher.publisher?.layers[2].keyframes != keyframes
            else { return true }
            isLost = true
            return false
        }
        room.run(.seconds(1))
        #expect(isLost)
        #expect(viewer.records[1].layers.last == 2)
        #expect(viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].timestampsBack == 0 && viewer.records[1].longestPause < .milliseconds(200))
    }

    // MARK: - Requests

    @Test func twoEncodingsThatAreWantedTogetherCostOneRequest() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) { $0.answersWithAllLayers = true }
        let other = try room.join(.viewer())
        room.show(publisher, to: other)
        demand(0, viewer, room)
        demand(0, other, room)
        room.run(.seconds(2))
        let before = requests(publisher)
        demand(1, viewer, room)
        demand(2, other, room)
        room.run(.seconds(2))
        #expect(viewer.records[1].layers.last == 1 && other.records[1].layers.last == 2)
        #expect(requests(publisher) == before + 1)
    }

    @Test func whereAPublisherAnswersForTheOneAloneTheOtherIsAskedNext() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        let other = try room.join(.viewer())
        room.show(publisher, to: other)
        demand(0, viewer, room)
        demand(0, other, room)
        room.run(.seconds(2))
        let before = requests(publisher)
        demand(1, viewer, room)
        demand(2, other, room)
        room.run(KeyframeThrottle.interval + .milliseconds(100))
        #expect(viewer.records[1].layers.last == 1 && other.records[1].layers.last == 2)
        #expect(requests(publisher) == before + 2)
    }

    // MARK: - Falling

    @Test func theLargestThatStopsIsMissedForAQuarterOfASecond() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room) { $0.answersWithAllLayers = true }
        publisher.publisher?.layers[2].isActive = false
        room.run(.seconds(2))
        #expect(viewer.records[1].layers == [2, 1])
        // The silence, one picture, the ways.
        #expect(viewer.records[1].longestPause < .milliseconds(320), "\(viewer.records[1].longestPause)")
        publisher.publisher?.layers[2].isActive = true
        publisher.publisher?.layers[2].wantsKeyframe = true
        let before = requests(publisher)
        room.run(.seconds(1))
        #expect(viewer.records[1].layers == [2, 1, 2])
        #expect(requests(publisher) == before, "it comes with a keyframe")
        #expect(viewer.records[1].timestampsBack == 0 && viewer.records[1].pictureIDJumps == 0)
    }
}
