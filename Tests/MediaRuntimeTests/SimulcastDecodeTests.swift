import Forwarding
import MediaControl
import Primitives
import RTP
import TestMedia
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// What a viewer gets around switches between encodings, put through libvpx and compared pixel by pixel.
@Suite struct SimulcastDecodeTests {
    /// A participant that sends a clip in three encodings, and begins it anew in all of them when asked for a keyframe.
    private final class Camera {
        let participant: Participant
        let clip: MediaClip
        private var packetizers: [VP8Packetizer] = []
        private var frame = 0
        private var timestamp: UInt32 = 0
        private var requests = 0
        /// Packets of each encoding, the last of their pictures, that the network loses once.
        var loses = 0

        init(_ participant: Participant) throws {
            self.participant = participant
            var settings = MediaClip.Settings()
            settings.format = PictureFormat(width: 640, height: 384)
            settings.encodings = 3
            settings.kilobitsPerSecond = 1_600
            settings.seconds = 4
            clip = try MediaClip(settings)
            for index in 0..<3 {
                packetizers.append(VP8Packetizer(pictureID: 32_700 + UInt16(index), tl0PictureIndex: UInt8(index)))
            }
        }

        func tick(in room: VirtualRoom) {
            let asked = participant.publisher?.layers.reduce(0) { $0 + $1.requests.count } ?? 0
            if asked != requests || frame >= clip.video[0].count { frame = 0 }
            requests = asked
            for encoding in 0..<3 {
                guard let picture = clip.video[encoding][frame] else { continue }
                let payloads = packetizers[encoding].payloads(of: picture.octets)
                for (index, payload) in payloads.enumerated() {
                    if index >= payloads.count - loses {
                        let address = participant.address
                        room.network.interceptor = { datagram in datagram.from != address }
                    }
                    participant.client.send(
                        OutgoingMedia(
                            payloadType: 96, isMarked: index == payloads.count - 1,
                            timestamp: timestamp &+ UInt32(encoding) &* 0x3333_3333, payload: payload),
                        publication: 1, encoding: encoding, capturedAt: room.now)
                    room.settle(participant)
                    room.network.interceptor = nil
                }
            }
            loses = 0
            frame += 1
            timestamp &+= 3_000
        }
    }

    private struct Packet {
        var timestamp: UInt32
        var isMarked: Bool
        var payload: [UInt8]
        var at: MonotonicInstant
    }

    private final class Received {
        var packets: [Int64: Packet] = [:]
    }

    /// Every picture of every encoding by its number, as libvpx decodes it without a network.
    private static func reference(_ clip: MediaClip) throws -> [[Int: Picture]] {
        try clip.video.map { frames in
            let decoder = try VPXDecoder(.vp8)
            var pictures: [Int: Picture] = [:]
            for (index, frame) in frames.enumerated() {
                if let frame { pictures[index] = decoder.decode(frame.octets) }
            }
            return pictures
        }
    }

    @Test(arguments: [0, 1, 3]) func everyPictureAroundSwitchesIsWhole(lost: Int) throws {
        let room = try VirtualRoom(conditions: LinkConditions(latency: .milliseconds(20)))
        let camera = try Camera(try room.join(.publisher(rids: ["q", "h", "f"])))
        let viewer = try room.join(.viewer())
        room.show(camera.participant, to: viewer)
        room.run(.milliseconds(500))
        let received = Received()
        viewer.client.mediaHandler = { media, payload in
            guard media.slot == 1 else { return }
            received.packets[media.sequence] = Packet(
                timestamp: media.timestamp, isMarked: media.isMarked,
                payload: (try? payload.bytes(payload.count, at: 0)) ?? [], at: room.now)
        }
        // Every pair of encodings, both ways.
        let plan = [2, 0, 1, 2, 1, 0, 2, 0]
        for frame in 0..<30 * plan.count {
            if frame % 30 == 0 {
                camera.loses = lost
                let width = UInt16(160 << plan[frame / 30])
                room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: width, height: width * 3 / 5)))
            }
            camera.tick(in: room)
            room.run(.nanoseconds(33_333_333))
        }
        room.run(.seconds(1))

        let reference = try Self.reference(camera.clip)
        let decoder = try VPXDecoder(.vp8)
        let numbers = received.packets.keys.sorted()
        var frame: [UInt8] = []
        var last = try #require(numbers.first) - 1
        var time: UInt32?
        var shown: [Int] = []
        var pictures = 0
        for number in numbers {
            let packet = try #require(received.packets[number])
            let descriptor = try VP8PayloadDescriptor(parsing: packet.payload.span)
            if number != last + 1 {
                // What was lost before a keyframe is not asked for any more, and a picture that was cut short is left by one number.
                #expect(
                    descriptor.isKeyframeStart, "\(number - last - 1) missing before a picture that needs them")
                frame = []
            }
            last = number
            if descriptor.isFrameStart {
                #expect(frame.isEmpty, "a picture without its end")
                if let time { #expect(Int32(bitPattern: packet.timestamp &- time) > 0) }
                time = packet.timestamp
            }
            frame += packet.payload[descriptor.count...]
            guard packet.isMarked else { continue }
            let decoded = decoder.decode(frame)
            guard let picture = decoded else {
                Issue.record("a frame that libvpx does not take")
                break
            }
            frame = []
            pictures += 1
            let encoding = try #require([160, 320, 640].firstIndex(of: picture.format.width))
            if shown.last != encoding { shown.append(encoding) }
            let index = PictureNumber(reading: picture).map { Int($0.frame) }
            // Compared outside of the expectation, which would print every sample.
            let isWhole = index.map { reference[encoding][$0] == picture } ?? false
            #expect(isWhole, "encoding \(encoding), picture \(index ?? -1)")
        }
        #expect(shown == plan)
        #expect(pictures > 29 * plan.count)
    }
}
