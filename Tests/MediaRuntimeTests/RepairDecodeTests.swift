import MediaControl
import Primitives
import RTP
import TestMedia
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// What a viewer gets over networks that lose packets, put through libvpx.
@Suite struct RepairDecodeTests {
    /// A participant that sends a clip of real VP8 or VP9, over and over.
    private final class Camera {
        let participant: Participant
        private let clip: MediaClip
        private var vp8: VP8Packetizer
        private var vp9: VP9Packetizer
        private var frame = 0
        private var timestamp: UInt32

        init(_ participant: Participant, identity: UInt16, codec: VPXCodec) throws {
            self.participant = participant
            var settings = MediaClip.Settings()
            settings.identity = identity
            settings.codec = codec
            settings.format = PictureFormat(width: 160, height: 96)
            settings.kilobitsPerSecond = 400
            settings.seconds = 8
            clip = try MediaClip(settings)
            let (pictureID, index) = (32_700 &+ identity, UInt8(identity))
            vp8 = VP8Packetizer(pictureID: pictureID, tl0PictureIndex: index)
            vp9 = VP9Packetizer(format: settings.format, pictureID: pictureID, tl0PictureIndex: index)
            timestamp = UInt32(identity) &* 1_000_000
        }

        func tick(in room: VirtualRoom) {
            let payloads = clip.video[0][frame % clip.video[0].count].map(payloads) ?? []
            for (index, payload) in payloads.enumerated() {
                participant.client.send(
                    OutgoingMedia(
                        payloadType: 96, isMarked: index == payloads.count - 1, timestamp: timestamp, payload: payload),
                    publication: 1, capturedAt: room.now)
            }
            room.settle(participant)
            frame += 1
            timestamp &+= 3_000
        }

        private func payloads(of frame: VPXFrame) -> [[UInt8]] {
            switch clip.settings.codec {
            case .vp8: vp8.payloads(of: frame.octets)
            case .vp9: vp9.payloads(of: frame)
            }
        }
    }

    private struct Packet {
        var timestamp: UInt32
        var isMarked: Bool
        var source: UInt32?
        var payload: [UInt8]
    }

    /// What the viewer's slot got, by extended sequence number.
    private final class Received {
        var packets: [Int64: Packet] = [:]
    }

    /// What the descriptor of a packet tells: its size, and the picture id on the first packet of a frame.
    private static func descriptor(of payload: [UInt8], _ codec: VPXCodec) throws -> (count: Int, picture: UInt16?) {
        switch codec {
        case .vp8:
            let descriptor = try VP8PayloadDescriptor(parsing: payload.span)
            return (descriptor.count, descriptor.isFrameStart ? try #require(descriptor.pictureID?.value) : nil)
        case .vp9:
            let descriptor = try VP9PayloadDescriptor(parsing: payload.span)
            return (descriptor.count, descriptor.isFrameStart ? try #require(descriptor.pictureID?.value) : nil)
        }
    }

    @Test(arguments: VPXCodec.allCases, 1...3 as ClosedRange<UInt64>)
    func everyPictureIsWholeThroughLossLateJoiningAndSwitches(_ codec: VPXCodec, _ seed: UInt64) throws {
        let room = try VirtualRoom(seed: seed, conditions: LinkConditions(latency: .milliseconds(20)))
        let sent: Codec = codec == .vp8 ? .vp8 : .vp9
        var publisher = VirtualRoom.Joining.publisher()
        publisher.publications[1] = RoomSections.publishedVideo(mid: "1", codec: sent)
        let cameras = try [1, 2].map { try Camera(try room.join(publisher), identity: UInt16($0) * 100, codec: codec) }
        let viewer = try room.join(VirtualRoom.Joining(seats: 1, slotCodec: sent))
        room.run(.milliseconds(500))
        let lossy = LinkConditions(latency: .milliseconds(20), loss: 0.05, reordering: 0.01, duplication: 0.01)
        for participant in cameras.map(\.participant) + [viewer] {
            room.network.setConditions(lossy, from: participant.address, to: VirtualRoom.serverV4)
            room.network.setConditions(lossy, from: VirtualRoom.serverV4, to: participant.address)
        }
        let received = Received()
        viewer.client.mediaHandler = { media, payload in
            guard media.slot == 1 else { return }
            received.packets[media.sequence] = Packet(
                timestamp: media.timestamp, isMarked: media.isMarked, source: media.source,
                payload: (try? payload.bytes(payload.count, at: 0)) ?? [])
        }
        for frame in 0..<210 {
            // Late, and to and fro.
            if frame == 60 || frame == 160 { room.show(cameras[0].participant, to: viewer) }
            if frame == 110 { room.show(cameras[1].participant, to: viewer) }
            for camera in cameras { camera.tick(in: room) }
            room.run(.microseconds(33_333))
        }
        room.run(.seconds(1))

        let numbers = received.packets.keys.sorted()
        let first = try #require(numbers.first)
        #expect(numbers == Array(first..<(first + Int64(numbers.count))), "a gap in the sequence")
        let decoder = try VPXDecoder(codec)
        var frame: [UInt8] = []
        var lastPicture: UInt16?
        var shown: [PictureNumber] = []
        for number in numbers {
            let packet = try #require(received.packets[number])
            let descriptor = try Self.descriptor(of: packet.payload, codec)
            if let picture = descriptor.picture {
                if let lastPicture { #expect(picture == (lastPicture + 1) & 0x7FFF, "a gap in the picture ids") }
                lastPicture = picture
            }
            frame += packet.payload[descriptor.count...]
            guard packet.isMarked else { continue }
            let picture = try #require(decoder.decode(frame), "a frame that libvpx does not take")
            shown.append(try #require(PictureNumber(reading: picture)))
            frame = []
        }
        // Each source from its keyframe on, frame by frame.
        var runs: [(identity: UInt16, frames: [UInt16])] = []
        for number in shown {
            if runs.last?.identity != number.identity { runs.append((number.identity, [])) }
            runs[runs.count - 1].frames.append(number.frame)
        }
        #expect(runs.map(\.identity) == [100, 200, 100])
        for run in runs {
            #expect(run.frames == Array(0..<UInt16(run.frames.count)))
            #expect(run.frames.count > 100)
        }
    }
}
