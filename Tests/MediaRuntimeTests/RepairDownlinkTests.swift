import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing
import Transport

@testable import Client
@testable import MediaRuntime

/// What a viewer gets again, and what is known of the way to it.
@Suite struct RepairDownlinkTests {
    private func playing(_ room: VirtualRoom) throws -> (publisher: Participant, viewer: Participant) {
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        return (publisher, viewer)
    }

    @Test func theAcknowledgedRateIsWhatTheViewerGets() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let history = try #require(room.worker.peers[viewer.id]?.transport.history)
        let octetsBefore = room.worker.statistics.octetsSent
        room.run(.seconds(5))
        let sent = Double(room.worker.statistics.octetsSent - octetsBefore) * 8 / 5
        let rate = try #require(history.acknowledgedRate(at: room.now))
        #expect(abs(Double(rate.bitsPerSecond) - sent) < sent * 0.12)
        #expect(history.packetsReportedLost == 0)

        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.1), from: VirtualRoom.serverV4, to: viewer.address)
        let acknowledged = history.packetsAcknowledged
        room.run(.seconds(5))
        let came = Double(history.packetsAcknowledged - acknowledged)
        let share = Double(history.packetsReportedLost) / (came + Double(history.packetsReportedLost))
        #expect((0.06...0.14).contains(share), "\(share)")
    }

    /// A probe sends again what was sent last: where that was lost, the client gets it as RTX before it could miss it.
    @Test func theNewestPacketMayComeAsRTXFirst() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let slot = viewer.client.slots[1]
        let ssrc = slot.parameters.ssrc.rawValue
        var isLost = false
        room.network.interceptor = { datagram in
            let octets = datagram.octets
            guard !isLost, datagram.to == viewer.address, octets.count > 12,
                octets[8..<12].reduce(0, { $0 << 8 | UInt32($1) }) == ssrc, octets[1] & 0x80 != 0
            else { return true }
            isLost = true
            return false
        }
        for _ in 0..<40 where !isLost { room.run(.milliseconds(1)) }
        #expect(isLost)
        room.network.interceptor = nil
        room.run(.milliseconds(10))
        let (decoded, repaired) = (viewer.records[1].decoded, slot.statistics.repaired)
        viewer.client.sendRTCP([
            .nack(
                GenericNACK(
                    senderSSRC: SSRC(1), mediaSSRC: slot.parameters.ssrc,
                    sequenceNumbers: [viewer.records[1].newestSequence &+ 1]))
        ])
        room.settle(viewer)
        // There and back; the next picture is not there yet.
        room.run(.milliseconds(21))
        #expect(slot.statistics.repaired == repaired + 1)
        #expect(slot.statistics.duplicates == 0)
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded - decoded >= 29)
        #expect(slot.keyframeRequests == 0)
    }

    @Test func aPacketIsSentAgainOnceARoundTripHoweverOftenItIsAskedFor() throws {
        let room = try VirtualRoom(conditions: LinkConditions(latency: .milliseconds(50)))
        let (_, viewer) = try playing(room)
        let slot = viewer.client.slots[1]
        let number = viewer.records[1].newestSequence
        let before = room.worker.statistics.packetsRetransmitted
        for _ in 0..<100 {
            viewer.client.sendRTCP([
                .nack(GenericNACK(senderSSRC: SSRC(1), mediaSSRC: slot.parameters.ssrc, sequenceNumbers: [number]))
            ])
            room.settle(viewer)
            room.run(.milliseconds(5))
        }
        #expect(room.worker.statistics.packetsRetransmitted - before == 5)
        #expect(room.drops(.retransmissionRefused) > 80)
    }

    @Test func aLieAboutTheRoundTripDoesNotBuyMoreThanTheShare() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let slot = viewer.client.slots[1]
        var again = 0.0
        var media = 0.0
        room.sink.observer = { octets, _ in
            guard octets.count > 12, octets[1] & 0x7F == 120 || octets[1] & 0x7F == 121 else { return }
            if octets[1] & 0x7F == 121 { again += Double(octets.count) } else { media += Double(octets.count) }
        }
        for _ in 0..<1_000 {
            // A report that would make the round trip nothing.
            let report = slot.lastSenderReport?.report.ntpTimestamp.compact ?? 0
            let now = NTPTimestamp(nanosecondsSince1970: room.now.nanoseconds + VirtualRoom.serverWallClock)
            viewer.client.sendRTCP([
                .receiverReport(
                    ReceiverReport(
                        ssrc: SSRC(1),
                        reportBlocks: [
                            ReportBlock(
                                ssrc: slot.parameters.ssrc, fractionLost: 0, cumulativeLost: 0,
                                extendedHighestSequenceNumber: 0, jitter: 0, lastSenderReport: report,
                                delaySinceLastSenderReport: now.compact &- report)
                        ])),
                .nack(
                    GenericNACK(
                        senderSSRC: SSRC(1), mediaSSRC: slot.parameters.ssrc,
                        entries: [.init(packetID: viewer.records[1].newestSequence &- 20, followingLost: 0xFFFF)])),
            ])
            room.settle(viewer)
            room.run(.milliseconds(10))
        }
        #expect(again > media / 10)
        // Headers come on top of the payload that is counted: a tenth at this size.
        #expect(again <= (media / 5 + Double(RetransmissionLimit.burstOctets)) * 1.15, "\(again) of \(media)")
    }
}
