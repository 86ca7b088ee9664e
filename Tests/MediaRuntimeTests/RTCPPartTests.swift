import Client
import MediaControl
import Primitives
import RTP
import Testing

@testable import MediaRuntime

/// What of an RTCP datagram can be read counts; what cannot is counted by name.
struct RTCPPartTests {
    @Test func aPartThatCannotBeReadLosesNoKeyframeRequest() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        let before = try #require(publisher.publisher).layers[0].requests.count
        let slot = viewer.client.parameters.slots[1].ssrc
        // A NACK without an entry in front of a PLI.
        let cut = UnknownRTCPPacket(packetType: 205, format: 1, body: Array(repeating: 0, count: 8))
        let request = PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: slot)
        viewer.client.sendRTCP([.unknown(cut), .pictureLossIndication(request)])
        room.settle(viewer)
        room.run(.milliseconds(500))
        #expect(try #require(publisher.publisher).layers[0].requests.count == before + 1)
        #expect(room.drops(.rtcpPartMalformed) == 1 && room.drops(.rtcpMalformed) == 0)
    }

    @Test func midsOf32OctetsTellSectionsApart() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.publications[1].mid = String(repeating: "v", count: 32)
        // Another section with the same payload types, so that the MID alone decides.
        joining.publications.append(RoomSections.publishedVideo(mid: String(repeating: "v", count: 31)))
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        #expect(viewer.records[1].decoded > 50 && viewer.records[1].publishers == [1])
        #expect(room.drops(.unknownSSRC) == 0)
    }
}
