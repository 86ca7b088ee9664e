import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// An encoding that goes on with another SSRC: encoders that start anew, stacks that change it when a page replaces the track.
@Suite struct SourceChangeTests {
    private func expectOneStream(_ viewer: Participant) {
        let video = viewer.records[1]
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 && $0.nacksSent == 0 })
        #expect(video.timestampsBack == 0 && video.pictureIDJumps == 0 && video.tl0IndexJumps == 0)
        #expect(video.largestDrift < .milliseconds(160), "\(video.largestDrift)")
        #expect(video.strange == 0)
    }

    private func encoding(_ room: VirtualRoom, of publisher: Participant, layer: Int = 0) throws -> PublishedEncoding {
        try #require(room.worker.router.tracks[publisher.videoTrack]).encodings[layer]
    }

    private func requests(_ publisher: Participant, layer: Int = 0) -> Int {
        publisher.publisher?.layers[layer].requests.count ?? 0
    }

    @Test(arguments: [-3_000, -300, 0, 5_000, 20_000]) func viewersGoOverToTheNewSSRCAtItsKeyframe(ahead: Int) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        // The numbers are somewhere in the middle, so that there is room on both sides.
        publisher.publisher?.restart(layer: 0, ahead: 0)
        room.run(.seconds(1))
        let before = requests(publisher)
        let from = room.now
        let decoded = viewer.records[1].decoded
        publisher.publisher?.restart(layer: 0, ahead: ahead)
        room.run(.seconds(2))
        #expect(requests(publisher) == before + 1)
        let asked = try #require(publisher.publisher?.layers[0].requests.last)
        // The next picture, its way here and the request's way back.
        #expect(asked - from < .milliseconds(70))
        #expect(viewer.records[1].decoded - decoded > 54)
        #expect(viewer.records[1].longestPause < .milliseconds(150), "\(viewer.records[1].longestPause)")
        #expect(try encoding(room, of: publisher).ssrc == publisher.client.encodings[1][0].ssrc)
        expectOneStream(viewer)
    }

    @Test func whoBeginsWithAKeyframeIsNotAsked() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let before = requests(publisher)
        publisher.publisher?.restart(layer: 0, ahead: -10_000, beginsWithKeyframe: true)
        room.run(.seconds(2))
        #expect(requests(publisher) == before)
        #expect(viewer.records[1].longestPause < .milliseconds(60))
        expectOneStream(viewer)
    }

    @Test func aLatecomerGetsPicturesOfTheNewSSRCAlone() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        room.run(.seconds(2))
        publisher.publisher?.restart(layer: 0, ahead: -10_000, beginsWithKeyframe: true)
        let first = try #require(publisher.publisher?.layers[0].frame)
        room.run(.milliseconds(500))
        let late = try room.join(.viewer())
        room.show(publisher, to: late)
        room.run(.seconds(1))
        let sent = try #require(publisher.publisher?.layers[0].frame)
        #expect(late.records[1].keyframes == 1)
        // Nothing of what came before the new SSRC, and everything since.
        #expect((Int(sent - first) - 3...Int(sent - first)).contains(late.records[1].decoded))
        expectOneStream(late)
        expectOneStream(viewer)
    }

    @Test func latePacketsAndRetransmissionsOfTheOldSSRCDoNoHarm() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let old = publisher.client.encodings[1][0]
        var held: [[UInt8]] = []
        room.network.interceptor = { datagram in
            guard datagram.from == publisher.address, datagram.octets[0] >= 128, datagram.octets[1] & 0x7F == 96 else {
                return true
            }
            held.append(datagram.octets)
            return false
        }
        room.run(.milliseconds(100))
        room.network.interceptor = nil
        #expect(held.count >= 8)
        publisher.publisher?.restart(layer: 0, ahead: -500)
        let asked = requests(publisher)
        room.run(.milliseconds(300))
        let decoded = viewer.records[1].decoded
        for octets in held {
            room.inject(octets, from: publisher.address)
            room.run(.milliseconds(10))
        }
        for number in Int64(0)..<20 {
            publisher.client.retransmit(UInt16(truncatingIfNeeded: old.nextSequence - 30 + number), of: old)
        }
        room.settle(publisher)
        room.run(.seconds(2))
        #expect(try encoding(room, of: publisher).ssrc == publisher.client.encodings[1][0].ssrc)
        #expect(requests(publisher) == asked + 1)
        #expect(viewer.records[1].decoded - decoded > 60)
        // Those that viewers missed when they went over came too late to be shown.
        #expect(viewer.records[1].timestampsBack == 0 && viewer.records[1].pictureIDJumps == 0)
        #expect(viewer.records[1].strange == 0)
    }

    @Test(arguments: [false, true]) func whatTheNewSSRCLosesIsSentAgain(keepsRTX: Bool) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        // The first SSRC for retransmissions becomes known.
        let lossy = LinkConditions(latency: .milliseconds(10), loss: 0.05)
        room.network.setConditions(lossy, from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(2))
        let rtx = publisher.client.encodings[1][0].rtxSSRC
        room.network.setConditions(LinkConditionsFor.goodLine, from: publisher.address, to: VirtualRoom.serverV4)
        publisher.publisher?.restart(layer: 0, ahead: -200, rtxSSRC: keepsRTX ? rtx : nil)
        room.run(.seconds(1))
        let decoded = viewer.records[1].decoded
        let lost = viewer.client.slots[1].statistics.lost
        let recovered = room.worker.statistics.packetsRecovered
        room.network.setConditions(lossy, from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(5))
        room.network.setConditions(LinkConditionsFor.goodLine, from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.milliseconds(300))
        #expect(room.worker.statistics.packetsRecovered - recovered > 10)
        #expect(viewer.records[1].decoded - decoded > 155)
        #expect(viewer.client.slots[1].statistics.lost == lost)
        #expect(viewer.records[1].strange == 0 && viewer.records[1].pictureIDConflicts == 0)
        #expect(try encoding(room, of: publisher).rtxSSRC == publisher.client.encodings[1][0].rtxSSRC)
    }

    @Test func anSSRCThatALaterOfferTellsIsTakenWithoutMID() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.publications[1].encodings = [.init(ssrc: SSRC(1_111), rtxSSRC: SSRC(1_112))]
        joining.publications[1].extensions[.mid] = nil
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(1))
        publisher.parameters.publications[1].receive.encodings = [.init(ssrc: SSRC(2_221), rtxSSRC: SSRC(2_222))]
        room.command(.updateTransport(publisher.parameters))
        // The old one goes on for a while.
        room.run(.milliseconds(200))
        #expect(viewer.records[1].longestPause < .milliseconds(60))
        #expect(try encoding(room, of: publisher).ssrc == SSRC(1_111))
        publisher.publisher?.restart(layer: 0, ahead: -10_000, ssrc: SSRC(2_221), rtxSSRC: SSRC(2_222))
        let decoded = viewer.records[1].decoded
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded - decoded > 24)
        let present = try encoding(room, of: publisher)
        #expect(present.ssrc == SSRC(2_221) && present.rtxSSRC == SSRC(2_222))
        expectOneStream(viewer)
        // The same offer again changes nothing.
        room.command(.updateTransport(publisher.parameters))
        room.run(.seconds(1))
        #expect(try encoding(room, of: publisher) === present)
        #expect(room.drops(.unknownSSRC) == 0)
    }

    @Test func theFirstSSRCMayComeBack() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let first = publisher.client.encodings[1][0]
        publisher.publisher?.restart(layer: 0, ahead: 300)
        room.run(.seconds(2))
        publisher.publisher?.stop()
        room.run(.seconds(2))
        // Beyond what the replay window has seen of it.
        publisher.client.restart(
            publication: 1, encoding: 0, firstSequence: UInt16(truncatingIfNeeded: first.nextSequence &+ 10),
            ssrc: first.ssrc, rtxSSRC: first.rtxSSRC)
        publisher.client.encodings[1][0].isKnownToServer = true
        let decoded = viewer.records[1].decoded
        room.startPublishing(publisher)
        room.run(.seconds(2))
        #expect(try encoding(room, of: publisher).ssrc == first.ssrc)
        #expect(viewer.records[1].decoded - decoded > 50)
        #expect(viewer.records[1].pictureIDJumps == 0 && viewer.client.slots[1].statistics.lost == 0)
    }

    @Test func encryptedPicturesWhoseKeyframesCanBeToldGoOnAtOne() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.isOpaque = true
        let publisher = try room.join(joining)
        publisher.publisher?.clearOctets = 10
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(1))
        let before = requests(publisher)
        let decoded = viewer.records[1].decoded
        publisher.publisher?.restart(layer: 0, ahead: -10_000)
        room.run(.seconds(2))
        #expect(requests(publisher) == before + 1)
        #expect(viewer.records[1].decoded - decoded > 54)
        expectOneStream(viewer)
    }

    @Test func soundGoesOnWithoutAGap() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        publisher.client.restart(publication: 0, encoding: 0, firstSequence: 20)
        room.run(.seconds(2))
        #expect(viewer.records[0].longestPause < .milliseconds(50))
        #expect(viewer.records[0].decoded > 145)
        #expect(viewer.client.slots[0].statistics.lost == 0 && viewer.records[0].timestampsBack == 0)
    }

    @Test func theLargestLayerStaysTheLargest() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        for layer in 0..<3 { publisher.publisher?.restart(layer: layer, ahead: -2_000 + 2_000 * layer) }
        room.run(.seconds(2))
        #expect(viewer.records[1].layers == [0, 2] || viewer.records[1].layers == [2])
        #expect(viewer.records[1].longestPause < .milliseconds(150))
        #expect(requests(publisher, layer: 0) == 0 && requests(publisher, layer: 1) == 0)
        expectOneStream(viewer)
    }

    @Test func anSSRCThatChangesBehindAClosedGateIsFollowed() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        for track in publisher.tracks { room.command(.setGate(track, isOpen: false)) }
        publisher.publisher?.restart(layer: 0, ahead: -10_000)
        room.run(.seconds(2))
        for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) }
        let decoded = viewer.records[1].decoded
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded - decoded > 24)
        #expect(viewer.client.slots[1].statistics.lost == 0 && viewer.records[1].pictureIDJumps == 0)
        for (_, event) in publisher.events {
            if case .reported(_, _, let block) = event { #expect(block.cumulativeLost == 0 && block.fractionLost == 0) }
        }
    }

    @Test func aHundredChangesInASessionAreFollowed() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var recorded: [[UInt8]] = []
        room.network.interceptor = { datagram in
            if datagram.from == publisher.address, datagram.octets[0] >= 128, datagram.octets[1] & 0x7F == 96 {
                recorded.append(datagram.octets)
            }
            return true
        }
        room.run(.milliseconds(500))
        room.network.interceptor = nil
        for _ in 0..<100 {
            publisher.publisher?.restart(layer: 0, ahead: -40)
            room.run(.milliseconds(400))
        }
        // What SRTP knows of the first SSRC has given way by now; played again, its packets are refused all the same.
        let refused = room.drops(.srtpReplay)
        for octets in recorded { room.inject(octets, from: publisher.address) }
        room.run(.milliseconds(400))
        #expect(recorded.count > 40 && room.drops(.srtpReplay) - refused == UInt64(recorded.count))
        let decoded = viewer.records[1].decoded
        room.run(.seconds(2))
        #expect(viewer.records[1].decoded - decoded > 55)
        #expect(try #require(room.worker.peers[publisher.id]).sources.count <= Peer.maximumSources)
        #expect(room.drops(.tooManySSRCs) == 0)
        // Two at most per encoding, one of sound and one of pictures.
        #expect(room.worker.router.encodings.count <= 4)
        expectOneStream(viewer)
    }

    @Test func packetsOfASourceThatIsForgottenAreNotForwarded() throws {
        let room = try VirtualRoom(frameHold: .milliseconds(10))
        let (publisher, viewer) = try room.playing()
        // Several SSRCs within a turn: the buffer of the first is given up while its packets are held.
        for number in UInt32(0)..<6 {
            for place in UInt16(0)..<3 {
                publisher.client.sendForged(
                    ssrc: SSRC(0x5000_0000 + number), payloadType: 96, sequence: 10 + place, timestamp: 77,
                    mid: (4, "1"),
                    payload: [0x90, 0xE0, 0x80, 1, 1, 0x20, 0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01])
            }
        }
        room.settle(publisher)
        room.run(.seconds(3))
        // The publisher's own SSRC has the encoding again a second after they fell silent.
        #expect(viewer.records[1].decoded > 80)
        #expect(room.drops(.supersededSSRC) > 0)
    }
}
