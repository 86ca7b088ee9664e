import Client
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// At which packets of H.264 viewers begin: never at an IDR slice whose parameter sets have not come.
@Suite struct H264StartTests {
    private static let sequenceSet = H264ParameterSet.baseline(width: 640, height: 352)
    private static let pictureSet: [UInt8] = [0x68, 0xCE, 0x38, 0x80]
    private static let idr: [UInt8] = [0x65, 0x88] + Array(repeating: 7, count: 200)
    private static let slice: [UInt8] = [0x41, 0x88] + Array(repeating: 7, count: 100)

    private func send(
        _ payload: [UInt8], _ number: UInt16, picture: UInt32, isMarked: Bool = false, of publisher: Participant,
        _ room: VirtualRoom
    ) {
        var builder = RTPPacketBuilder(
            payloadType: 96, sequenceNumber: 1_000 + number, timestamp: 3_000 * picture,
            ssrc: publisher.client.encodings[1][0].ssrc, payload: payload)
        builder.isMarker = isMarked
        builder.extensions = [.init(identifier: 4, data: Array("1".utf8))]
        publisher.client.send(builder)
        room.settle(publisher)
        room.run(.milliseconds(5))
    }

    @Test func whoWaitsForAKeyframeBeginsWithItsParameterSets() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(
            VirtualRoom.Joining(publications: [
                RoomSections.publishedAudio(mid: "0"), RoomSections.publishedVideo(mid: "1", codec: .h264),
            ]))
        var joining = VirtualRoom.Joining.viewer()
        joining.slotCodec = .h264
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        /// The types of the NAL units that came, by their sequence numbers.
        var seen: [Int64: UInt8] = [:]
        viewer.client.mediaHandler = { media, payload in
            if media.slot == 1, payload.count > 0 { seen[media.sequence] = payload[0] & 0x1F }
        }
        func types() -> [UInt8] { seen.sorted { $0.key < $1.key }.map(\.value) }
        room.run(.seconds(1))
        // Each in a packet of its own.
        send(Self.sequenceSet, 0, picture: 0, of: publisher, room)
        send(Self.pictureSet, 1, picture: 0, of: publisher, room)
        send(Self.idr, 2, picture: 0, isMarked: true, of: publisher, room)
        send(Self.slice, 3, picture: 1, isMarked: true, of: publisher, room)
        room.run(.milliseconds(50))
        #expect(types() == [7, 8, 5, 1])
        // The next picture that a viewer can see is the next keyframe, of which the parameter sets are lost.
        room.command(.setGate(publisher.videoTrack, isOpen: false))
        room.command(.setGate(publisher.videoTrack, isOpen: true))
        seen = [:]
        send(Self.slice, 4, picture: 2, isMarked: true, of: publisher, room)
        send(Self.idr, 7, picture: 3, isMarked: true, of: publisher, room)
        send(Self.slice, 8, picture: 4, isMarked: true, of: publisher, room)
        room.run(.milliseconds(100))
        #expect(types() == [])
        // They come late, and the viewer gets all from there on.
        send(Self.sequenceSet, 5, picture: 3, of: publisher, room)
        send(Self.pictureSet, 6, picture: 3, of: publisher, room)
        send(Self.slice, 9, picture: 5, isMarked: true, of: publisher, room)
        room.run(.milliseconds(100))
        #expect(types() == [7, 8, 5, 1, 1])
    }
}
