import Client
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct RepairTests {
    @Test func lossOnTheWayDownIsRepairedFromTheBuffer() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let conditions = LinkConditions(latency: .milliseconds(10), loss: 0.05)
        room.network.setConditions(conditions, from: VirtualRoom.serverV4, to: viewer.address)
        room.run(.seconds(10))
        room.network.setConditions(LinkConditionsFor.goodLine, from: VirtualRoom.serverV4, to: viewer.address)
        room.run(.seconds(1))
        let slot = viewer.client.slots[1]
        #expect(slot.statistics.lost > 20)
        #expect(slot.statistics.repaired == slot.statistics.lost)
        #expect(slot.missing.givenUp == 0 && slot.missing.count == 0)
        #expect(viewer.records[1].strange == 0)
        // Every picture since the first: 12 s at 30 a second.
        #expect(viewer.records[1].decoded > 355)
        #expect(viewer.records[1].keyframes == 1)
        #expect(room.worker.statistics.packetsRetransmitted >= UInt64(slot.statistics.repaired))
    }

    @Test func aPacketBeforeASwitchIsStillFoundAfterIt() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let second = try room.join(.publisher())
        room.run(.seconds(1))
        room.startPublishing(second)
        room.run(.seconds(1))
        // The last packets of the first publisher are lost on the way down, then the slot is refilled.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 1), from: VirtualRoom.serverV4, to: viewer.address)
        room.run(.milliseconds(40))
        room.network.setConditions(LinkConditionsFor.goodLine, from: VirtualRoom.serverV4, to: viewer.address)
        room.show(second, to: viewer)
        room.run(.seconds(2))
        let slot = viewer.client.slots[1]
        #expect(slot.statistics.lost > 0)
        #expect(slot.statistics.repaired == slot.statistics.lost)
        #expect(viewer.records[1].publishers == [1, 3])
    }

    @Test func repairedPacketsBearThePictureNumbersOfTheSlot() throws {
        let room = try VirtualRoom(conditions: LinkConditionsFor.goodLine)
        let (first, viewer) = try room.playing()
        let second = try room.join(.publisher())
        room.run(.seconds(1))
        room.startPublishing(second)
        room.run(.milliseconds(500))
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.1), from: VirtualRoom.serverV4, to: viewer.address)
        for round in 0..<4 {
            room.show(round.isMultiple(of: 2) ? second : first, to: viewer)
            room.run(.seconds(2))
        }
        #expect(viewer.client.slots[1].statistics.repaired > 20)
        #expect(viewer.records[1].pictureIDConflicts == 0)
        #expect(viewer.records[1].strange == 0)
        #expect(viewer.records[1].decoded > 220)
    }

    @Test func aNumberThatWasNeverSentIsNotAnswered() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let before = room.worker.statistics.packetsRetransmitted
        let ssrc = viewer.client.slots[1].parameters.ssrc
        let all = (0..<512).map { GenericNACK.Entry(packetID: UInt16($0 * 128 + 40), followingLost: 0) }
        viewer.client.sendRTCP([.nack(GenericNACK(senderSSRC: SSRC(1), mediaSSRC: SSRC(4), entries: all))])
        viewer.client.sendRTCP([
            .nack(GenericNACK(senderSSRC: SSRC(1), mediaSSRC: ssrc, entries: Array(all.prefix(300))))
        ])
        room.settle(viewer)
        room.run(.milliseconds(100))
        #expect(room.worker.statistics.packetsRetransmitted - before < 20)
        #expect(viewer.client.isEstablished)
    }

    @Test func aFloodOfNACKsCannotMultiplyWhatIsSent() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let slot = viewer.client.slots[1]
        let sentBefore = room.worker.statistics.octetsSent
        let retransmittedBefore = room.worker.statistics.packetsRetransmitted
        for _ in 0..<1_000 {
            let highest = viewer.records[1].newestSequence
            var entries: [GenericNACK.Entry] = []
            for back in stride(from: UInt16(17), through: 255, by: 17) {
                entries.append(GenericNACK.Entry(packetID: highest &- back, followingLost: 0xFFFF))
            }
            viewer.client.sendRTCP([
                .nack(GenericNACK(senderSSRC: SSRC(1), mediaSSRC: slot.parameters.ssrc, entries: entries))
            ])
            room.settle(viewer)
            room.run(.milliseconds(10))
        }
        let retransmitted = room.worker.statistics.packetsRetransmitted - retransmittedBefore
        // 10 s of media are 900 packets of at most 600 octets; a fifth of them, and what may come in a burst.
        #expect(retransmitted > 180, "repair goes on under a flood")
        #expect(retransmitted < 180 * 2 + UInt64(RetransmissionLimit.burstOctets / 300), "\(retransmitted)")
        #expect(room.worker.statistics.octetsSent - sentBefore < 900_000)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func aViewerOnBadWiFiSeesNearlyEverything(_ seed: UInt64) throws {
        let room = try VirtualRoom(seed: seed)
        let (_, viewer) = try room.playing()
        room.network.setConditions(LinkConditionsFor.badWiFi, from: VirtualRoom.serverV4, to: viewer.address)
        room.network.setConditions(LinkConditionsFor.badWiFi, from: viewer.address, to: VirtualRoom.serverV4)
        room.run(.seconds(5))
        #expect(viewer.records[0].decoded > 270)
        #expect(viewer.records[1].decoded > 170)
        #expect(viewer.records[1].strange == 0)
    }
}
