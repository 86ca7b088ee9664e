import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// Discards beside the packet's main road, each by its own name.
@Suite struct DropTests {
    @Test func aMalformedRetransmissionIsCounted() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let rtx = publisher.client.encodings[1][0].rtxSSRC
        publisher.client.sendForged(ssrc: rtx, payloadType: 97, sequence: 5, mid: (4, "1"), payload: [1])
        publisher.client.sendForged(ssrc: rtx, payloadType: 97, sequence: 6, mid: (4, "1"), payload: [])
        room.settle(publisher)
        room.run(.milliseconds(100))
        #expect(room.drops(.retransmissionMalformed) == 1)
        #expect(viewer.records[1].strange == 0)
    }

    @Test func feedbackForAnUnknownSSRCIsCounted() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let one = SSRC(1)
        viewer.client.sendRTCP([
            .nack(GenericNACK(senderSSRC: one, mediaSSRC: SSRC(4_711), sequenceNumbers: [1, 2, 3])),
            .pictureLossIndication(PictureLossIndication(senderSSRC: one, mediaSSRC: SSRC(4_712))),
            .fullIntraRequest(
                FullIntraRequest(senderSSRC: one, entries: [.init(ssrc: SSRC(4_713), sequenceNumber: 1)])),
        ])
        room.settle(viewer)
        room.run(.milliseconds(100))
        #expect(room.drops(.feedbackForUnknownSSRC) == 3)
        #expect(room.drops(.retransmissionGone) == 0)
    }

    @Test func soundThatIsNotSentAgainIsNotCalledGone() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let slot = viewer.client.slots[0]
        viewer.client.sendRTCP([
            .nack(
                GenericNACK(
                    senderSSRC: SSRC(1), mediaSSRC: slot.parameters.ssrc,
                    sequenceNumbers: [viewer.records[0].newestSequence]))
        ])
        room.settle(viewer)
        room.run(.milliseconds(100))
        #expect(room.drops(.retransmissionNotNegotiated) == 1)
        #expect(room.drops(.retransmissionGone) == 0)
    }

    @Test(arguments: [1_400, 1_401, 1_424, 1_460, 1_461]) func whatFitsADatagramIsForwarded(octets: Int) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        publisher.publisher?.layers[0].packetOctets = octets
        var longest = 0
        room.sink.observer = { datagram, path in
            if path.remote == viewer.address { longest = max(longest, datagram.count) }
        }
        let decoded = viewer.records[1].decoded
        room.run(.seconds(2))
        if octets <= PacketBuffer.maximumPayload {
            #expect(viewer.records[1].decoded - decoded > 55)
            #expect(room.drops(.payloadTooLarge) == 0)
            #expect(longest > octets && longest <= SendBatch.maximumDatagram)
        } else {
            #expect(room.drops(.payloadTooLarge) > 100)
        }
        #expect(room.drops(.notStored) == 0 && viewer.records[1].strange == 0)
        // Lost on the way, they are sent again.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.05), from: VirtualRoom.serverV4, to: viewer.address)
        let repaired = viewer.client.slots[1].statistics.repaired
        room.run(.seconds(2))
        if octets <= PacketBuffer.maximumPayload { #expect(viewer.client.slots[1].statistics.repaired > repaired) }
        #expect(room.drops(.sendFailed) == 0)
    }

    @Test func packetsForAViewerWithoutAPathAreCounted() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        unsafe room.worker.egress.peers[try #require(room.worker.peers[viewer.id]).index].pointee.close()
        room.run(.milliseconds(100))
        #expect(room.drops(.senderClosed) > 0)
    }
}
