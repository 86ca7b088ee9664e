import Client
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// Layers within one encoding, through a whole worker: real packets of browsers in, what each viewer gets out.
@Suite struct LayerRoomTests {
    /// The video of a capture, packet by packet.
    private struct Recording: Decodable {
        struct Packet: Decodable {
            enum CodingKeys: String, CodingKey { case codec, rtp, len, t_ms }
            var codec: String?
            var rtp: String?
            var len: Int?
            var t_ms: Int?
        }
        var packets: [Packet]

        static func load(_ name: String, codec: String) throws -> [(at: Duration, octets: [UInt8])] {
            try Fixture.json("captures/\(name).json", as: Recording.self).packets.filter { $0.codec == codec }.map {
                var octets = try #require($0.rtp.flatMap([UInt8].init(hexadecimal:)))
                octets += Array(repeating: 0, count: max(0, ($0.len ?? 0) - octets.count))
                return (.milliseconds($0.t_ms ?? 0), octets)
            }
        }
    }

    /// What one viewer got.
    private final class Seen {
        struct Packet {
            var media: IncomingMedia
            var payload: [UInt8]

            var vp8: VP8PayloadDescriptor? { try? VP8PayloadDescriptor(parsing: payload.span) }
        }
        var packets: [Packet] = []

        var sequences: [Int64] { packets.map(\.media.sequence) }

        /// Numbers between the first and the last that did not come.
        var gaps: Int {
            let known = Set(sequences)
            guard let first = known.min(), let last = known.max() else { return 0 }
            return Int(last - first) + 1 - known.count
        }

        /// By timestamp, in the order of sequence numbers.
        var pictures: [[Packet]] {
            var pictures: [[Packet]] = []
            for packet in packets.sorted(by: { $0.media.sequence < $1.media.sequence }) {
                if let last = pictures.last?.last, last.media.timestamp == packet.media.timestamp {
                    pictures[pictures.count - 1].append(packet)
                } else {
                    pictures.append([packet])
                }
            }
            return pictures
        }

        var descriptors: [VP9PayloadDescriptor] {
            packets.compactMap { try? VP9PayloadDescriptor(parsing: $0.payload.span) }
        }
    }

    private func watch(_ publisher: Participant, _ room: VirtualRoom, codec: Codec) throws -> (Participant, Seen) {
        var joining = VirtualRoom.Joining.viewer()
        joining.slotCodec = codec
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        let seen = Seen()
        viewer.client.mediaHandler = { media, payload in
            guard media.slot == 1 else { return }
            seen.packets.append(.init(media: media, payload: payload.indices.map { payload[$0] }))
        }
        return (viewer, seen)
    }

    private func publisher(_ room: VirtualRoom, codec: Codec) throws -> Participant {
        var video = RoomSections.publishedVideo(mid: "1", codec: codec)
        video.extensions[.dependencyDescriptor] = 12
        return try room.join(
            VirtualRoom.Joining(publications: [RoomSections.publishedAudio(mid: "0"), video]))
    }

    private func subscription(_ viewer: Participant, _ room: VirtualRoom) throws -> SubscriptionIndex {
        try #require(room.worker.peers[viewer.id]).slots[1].subscription
    }

    private func demand(_ width: UInt16, _ height: UInt16, _ viewer: Participant, _ room: VirtualRoom) {
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: width, height: height)))
    }

    private func cap(_ viewer: Participant, spatial: UInt8 = 7, temporal: UInt8, _ room: VirtualRoom) throws {
        let choice = LayerChoice(encoding: EncodingIndex(0), spatial: spatial, temporal: temporal)
        room.worker.router.setCap(of: try subscription(viewer, room), to: choice, now: room.now)
    }

    /// Keyframes that a participant was asked for so far.
    private func requests(of participant: Participant) -> Int {
        participant.events.count { if case .keyframeRequested = $0.event { true } else { false } }
    }

    /// Sends a recording once.
    ///
    /// - Parameters:
    ///   - round: how often it was sent before; its numbers and times go on.
    ///   - late: packets each of which comes behind the one that follows it.
    ///   - withDependencies: whether the dependency descriptor goes with it.
    private func play(
        _ recording: [(at: Duration, octets: [UInt8])], of publisher: Participant, _ room: VirtualRoom, round: Int = 0,
        late: [Int] = [], withDependencies: Bool
    ) throws {
        var map = HeaderExtensionMap()
        map[.dependencyDescriptor] = 12
        let lookup = HeaderExtensionLookup(map)
        let begin = room.now
        var order = Array(recording.indices)
        for index in late { order.swapAt(index, index + 1) }
        for index in order {
            let packet = recording[index]
            let at = begin + packet.at
            if at > room.now { room.run(at - room.now) }
            let header = try RTPHeader(parsing: packet.octets.span)
            var builder = RTPPacketBuilder(
                payloadType: 96, sequenceNumber: UInt16(1_000 + round * recording.count + index),
                timestamp: header.timestamp &+ UInt32(round) * 900_000, ssrc: publisher.client.encodings[1][0].ssrc,
                payload: Array(packet.octets[header.payloadRange]))
            builder.isMarker = header.isMarker
            builder.extensions = [.init(identifier: 4, data: Array("1".utf8))]
            let received = ReceivedExtensions(parsing: packet.octets.span, header: header, lookup: lookup)
            if withDependencies, let element = received.dependencyDescriptor {
                let data = Array(packet.octets[element.offset..<(element.offset + element.count)])
                builder.extensions.append(.init(identifier: 12, data: data))
            }
            publisher.client.send(builder)
            room.settle(publisher)
        }
        room.run(.milliseconds(300))
    }

    /// One marker in each picture, on its last packet; times rise; no number is missing.
    private func check(_ seen: Seen) {
        #expect(seen.gaps == 0)
        #expect(Set(seen.sequences).count == seen.packets.count)
        let pictures = seen.pictures
        for (picture, next) in zip(pictures, pictures.dropFirst()) {
            #expect(picture.map(\.media.isMarked) == Array(repeating: false, count: picture.count - 1) + [true])
            let step = next[0].media.timestamp &- picture[0].media.timestamp
            #expect(Int32(bitPattern: step) > 0)
        }
    }

    /// Every VP9 frame refers to frames that came.
    private func checkReferences(_ seen: Seen) throws {
        var known: Set<[UInt16]> = []
        for packet in seen.packets {
            let descriptor = try VP9PayloadDescriptor(parsing: packet.payload.span)
            let picture = try #require(descriptor.pictureID).value
            let layers = try #require(descriptor.layers)
            if layers.isInterLayerPredicted { #expect(known.contains([picture, UInt16(layers.spatial) - 1])) }
            for index in 0..<descriptor.referenceCount {
                let distance = UInt16(descriptor.referenceDistance(at: index, in: packet.payload.span) ?? 0)
                #expect(known.contains([(picture &- distance) & 0x7FFF, UInt16(layers.spatial)]))
            }
            known.insert([picture, UInt16(layers.spatial)])
        }
    }

    @Test(arguments: [true, false])
    func eachTileGetsItsSpatialLayerOfVP9(withDependencies: Bool) throws {
        let room = try VirtualRoom()
        let recording = try Recording.load("chromium156_vp9_L3T3_KEY", codec: "vp9")
        let publisher = try publisher(room, codec: .vp9)
        let (small, smallSeen) = try watch(publisher, room, codec: .vp9)
        let (middle, middleSeen) = try watch(publisher, room, codec: .vp9)
        let (large, largeSeen) = try watch(publisher, room, codec: .vp9)
        let (slow, slowSeen) = try watch(publisher, room, codec: .vp9)
        demand(160, 90, small, room)
        demand(640, 360, middle, room)
        demand(1_280, 720, large, room)
        room.run(.seconds(1))
        try cap(slow, temporal: 0, room)
        try play(recording, of: publisher, room, withDependencies: withDependencies)
        // As counted in the capture. Whoever wants the third layer got the second before there was a third.
        #expect(smallSeen.packets.count == 29)
        #expect(middleSeen.packets.count == 40)
        #expect(largeSeen.packets.count == 97)
        #expect(slowSeen.packets.count >= 44 && slowSeen.packets.count <= 46)
        for seen in [smallSeen, middleSeen, largeSeen, slowSeen] {
            check(seen)
            try checkReferences(seen)
        }
        #expect(smallSeen.descriptors.allSatisfy { $0.layers?.spatial == 0 })
        #expect(largeSeen.descriptors.suffix(40).allSatisfy { $0.layers?.spatial == 2 })
        let lanes = try [small, middle, large].map { viewer in
            unsafe room.worker.router.subscriptions[try subscription(viewer, room)].pointee.lane.spatial
        }
        #expect(lanes == [0, 1, 2])
        for viewer in [small, middle, large, slow] { #expect(viewer.client.slots[1].nacksSent == 0) }
    }

    /// The first packet tells that there are three layers now, and where S2 may be begun with.
    @Test(arguments: [true, false])
    func aKeyframeWhoseFirstPacketIsLateIsAskedForAnew(withDependencies: Bool) throws {
        let room = try VirtualRoom()
        let recording = try Recording.load("chromium156_vp9_L3T3_KEY", codec: "vp9")
        let publisher = try publisher(room, codec: .vp9)
        let (viewer, seen) = try watch(publisher, room, codec: .vp9)
        demand(1_280, 720, viewer, room)
        room.run(.seconds(1))
        let asked = requests(of: publisher)
        try play(recording, of: publisher, room, late: [6], withDependencies: withDependencies)
        let record = unsafe room.worker.router.subscriptions[try subscription(viewer, room)]
        #expect(unsafe record.pointee.targetLane.spatial == 2 && record.pointee.lane.spatial == 1)
        #expect(requests(of: publisher) > asked)
        let snapshot = try #require(
            room.worker.peers[viewer.id].map { room.worker.snapshot(of: $0, now: room.now).slots[1] })
        #expect(snapshot.currentLayers == .init(spatial: 1, temporal: 3))
        #expect(snapshot.targetLayers == .init(spatial: 2, temporal: 3))
        try play(recording, of: publisher, room, round: 1, withDependencies: withDependencies)
        #expect(unsafe record.pointee.lane.spatial == 2)
        check(seen)
        try checkReferences(seen)
    }

    /// L3T3_KEY: to another spatial layer at a keyframe, which is asked for; less at once.
    @Test func anotherTileGetsAnotherLayerAtTheNextKeyframe() throws {
        let room = try VirtualRoom()
        let recording = try Recording.load("chromium156_vp9_L3T3_KEY", codec: "vp9")
        let publisher = try publisher(room, codec: .vp9)
        let (viewer, seen) = try watch(publisher, room, codec: .vp9)
        demand(160, 90, viewer, room)
        room.run(.seconds(1))
        try play(recording, of: publisher, room, withDependencies: false)
        let asked = requests(of: publisher)
        demand(1_280, 720, viewer, room)
        room.run(.milliseconds(100))
        #expect(requests(of: publisher) == asked + 1, "a keyframe was asked for")
        #expect(seen.packets.count == 29)
        try play(recording, of: publisher, room, round: 1, withDependencies: false)
        #expect(seen.packets.count == 29 + 97)
        demand(160, 90, viewer, room)
        try play(recording, of: publisher, room, round: 2, withDependencies: false)
        check(seen)
        // The lowest alone from the keyframe on.
        #expect(seen.packets.count == 29 + 97 + 29)
    }

    @Test func av1IsToldApartByItsDependencyDescriptor() throws {
        let room = try VirtualRoom()
        let recording = try Recording.load("chromium156_av1_L1T3", codec: "av1")
        let publisher = try publisher(room, codec: .av1)
        var viewers: [(Participant, Seen)] = []
        for _ in 0..<3 { viewers.append(try watch(publisher, room, codec: .av1)) }
        room.run(.seconds(1))
        for temporal in 0..<2 { try cap(viewers[temporal].0, temporal: UInt8(temporal), room) }
        try play(recording, of: publisher, room, withDependencies: true)
        #expect(viewers.map(\.1.packets.count) == [51, 87, 150])
        for (viewer, seen) in viewers {
            check(seen)
            #expect(viewer.client.slots[1].nacksSent == 0)
        }
    }

    /// A viewer who begins in the middle gets the cached pictures of its lane.
    @Test func whoComesLaterIsCaughtUpInItsLane() throws {
        let room = try VirtualRoom()
        let recording = try Recording.load("chromium156_vp9_L3T3_KEY", codec: "vp9")
        let publisher = try publisher(room, codec: .vp9)
        let (_, first) = try watch(publisher, room, codec: .vp9)
        room.run(.seconds(1))
        try play(recording, of: publisher, room, withDependencies: false)
        #expect(first.packets.count == 97)
        let (late, seen) = try watch(publisher, room, codec: .vp9)
        demand(160, 90, late, room)
        room.show(publisher, to: late)
        room.run(.seconds(2))
        // All of S0 since the third keyframe: 150 packets less the six before it.
        #expect(seen.packets.count == 29 - 4)
        check(seen)
        try checkReferences(seen)
        // And what follows goes on from there.
        try play(recording, of: publisher, room, round: 1, withDependencies: false)
        #expect(seen.packets.count == 29 - 4 + 29)
        check(seen)
    }

    /// A gap upstream hides which layer was lost: whatever it was, it is filled, and the viewer asks for nothing in vain.
    @Test func lossUpstreamLeavesNoRequestUnanswered() throws {
        let room = try VirtualRoom(seed: 5)
        let publisher = try room.join(.publisher())
        publisher.publisher?.temporalLayers = 3
        let (viewer, seen) = try watch(publisher, room, codec: .vp8)
        let (_, all) = try watch(publisher, room, codec: .vp8)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        try cap(viewer, temporal: 0, room)
        room.run(.seconds(2))
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.02), from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(20))
        let sent = seen.sequences.max() ?? 0
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10)), from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(1))
        let missing = ((seen.sequences.min() ?? 0)...sent).filter { !Set(seen.sequences).contains($0) }
        #expect(missing.isEmpty)
        #expect(viewer.client.slots[1].missing.count == 0 && viewer.client.slots[1].missing.givenUp == 0)
        #expect(viewer.client.slots[1].nacksSent > 0)
        #expect(all.gaps == 0)
        // T0 alone, and the few of other layers that came late.
        let others = seen.packets.count { $0.vp8?.temporalLayer ?? 0 > 0 }
        #expect(others > 0 && others < seen.packets.count / 10)
        #expect(seen.packets.count < all.packets.count * 2 / 5)
        // TL0PICIDX and the picture id go on without a trace of what is left out.
        var steps: [Int: Int] = [:]
        let lowest = seen.pictures.compactMap { $0[0].vp8 }.filter { $0.temporalLayer == 0 }
        for (a, b) in zip(lowest, lowest.dropFirst()) {
            let step = Int((b.pictureID?.value ?? 0) &- (a.pictureID?.value ?? 0)) & 0x7FFF
            #expect((b.tl0PictureIndex?.value ?? 0) &- (a.tl0PictureIndex?.value ?? 0) == 1)
            steps[step, default: 0] += 1
        }
        #expect(steps.keys.allSatisfy { $0 >= 1 && $0 <= 2 })
        #expect((steps[1] ?? 0) > lowest.count * 9 / 10)
    }
}
