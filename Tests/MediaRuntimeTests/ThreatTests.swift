import Client
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct ThreatTests {
    @Test func noPacketIsAcceptedTwice() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var recorded: [[UInt8]] = []
        room.network.interceptor = { datagram in
            if datagram.from == publisher.address, datagram.octets[0] >= 128 { recorded.append(datagram.octets) }
            return true
        }
        room.run(.seconds(2))
        room.network.interceptor = nil
        publisher.publisher?.stop()
        room.run(.milliseconds(100))
        let forwarded = room.worker.statistics.packetsForwarded
        let packets = viewer.records.map(\.packets)
        #expect(recorded.count > 250)
        for octets in recorded { room.inject(octets, from: publisher.address) }
        room.run(.seconds(1))
        #expect(room.drops(.srtpReplay) == UInt64(recorded.count))
        #expect(room.worker.statistics.packetsForwarded == forwarded)
        #expect(viewer.records.map(\.packets) == packets)
    }

    @Test func aDoublingNetworkDoesNotDoubleThePicture() throws {
        let conditions = LinkConditions(latency: .milliseconds(10), duplication: 1)
        let room = try VirtualRoom(conditions: conditions)
        let (publisher, viewer) = try room.playing()
        room.run(.seconds(2))
        let sent = publisher.client.encodings.joined().reduce(0) { $0 + Int($1.packetsSent) }
        #expect(viewer.records[0].packets + viewer.records[1].packets <= sent)
        #expect(viewer.client.dropped.replayed > 200, "the network did double")
        #expect(viewer.records[1].decoded > 85)
    }

    @Test func aCallSurvivesGarbageOnItsStream() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var generator = SeededGenerator(seed: 8)
        let source = publisher.client.encodings[1][0].ssrc.rawValue
        let received = room.worker.statistics.datagramsReceived
        for round in 0..<200 {
            for _ in 0..<20 {
                var octets: [UInt8] = [0x90, 96]
                octets.append(bigEndian: UInt16.random(in: .min ... .max, using: &generator))
                octets.append(bigEndian: UInt32.random(in: .min ... .max, using: &generator))
                octets.append(bigEndian: source)
                for _ in 0..<Int.random(in: 0...60, using: &generator) {
                    octets.append(UInt8.random(in: .min ... .max, using: &generator))
                }
                room.inject(octets, from: publisher.address)
            }
            if round.isMultiple(of: 50) { room.inject([0x80, 200, 0, 1, 1, 2, 3, 4], from: publisher.address) }
            room.run(.milliseconds(10))
        }
        #expect(room.worker.statistics.datagramsReceived - received > 4_000)
        let refused = room.drops(.srtpAuthentication) + room.drops(.srtpMalformed) + room.drops(.srtpReplay)
        #expect(refused == 4_004)
        #expect(viewer.records[1].decoded > 85 && viewer.records[1].strange == 0)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
    }

    @Test func aPublisherMayUseSixtyFourSSRCsAtMost() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        for number in 0..<500 {
            publisher.client.sendForged(
                ssrc: SSRC(UInt32(0x4000_0000 + number)), payloadType: 111, sequence: 1, mid: (4, "0"))
        }
        room.settle(publisher)
        room.run(.seconds(1))
        #expect(try #require(room.worker.peers[publisher.id]).sources.count <= Peer.maximumSources)
        #expect(room.drops(.tooManySSRCs) >= 430)
        #expect(viewer.records[1].decoded > 55)
    }

    @Test func aSSRCWithoutAnyExplanationIsDropped() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try room.playing()
        publisher.client.sendForged(ssrc: SSRC(5), payloadType: 77, sequence: 1)
        publisher.client.sendForged(ssrc: SSRC(6), payloadType: 96, sequence: 1, mid: (4, "nonsense"))
        publisher.client.sendForged(
            ssrc: SSRC(7), payloadType: 96, sequence: 1, mid: (4, "1"), rid: (10, "nonsense"))
        publisher.client.sendForged(ssrc: SSRC(8), payloadType: 111, sequence: 1, mid: (4, "1"))
        room.settle(publisher)
        room.run(.milliseconds(100))
        #expect(room.drops(.unknownSSRC) == 4)
    }

    @Test func unreadablePayloadsAreDroppedAndCounted() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let hostile = try room.join(.publisher())
        room.run(.seconds(1))
        let client = hostile.client
        // A descriptor that promises a picture id which is not there.
        client.sendForged(
            ssrc: SSRC(9), payloadType: 96, sequence: 7, mid: (4, "1"), payload: [0x90, 0x80, 0x80])
        client.sendForged(ssrc: SSRC(9), payloadType: 55, sequence: 8)
        client.sendForged(
            ssrc: SSRC(9), payloadType: 96, sequence: 9, payload: Array(repeating: 0x10, count: 1_461))
        room.settle(hostile)
        room.run(.seconds(1))
        #expect(room.drops(.payloadMalformed) == 1)
        #expect(room.drops(.unknownPayloadType) == 1)
        #expect(room.drops(.payloadTooLarge) == 1)
        #expect(room.drops(.notStored) == 0)
        #expect(viewer.records[1].strange == 0 && viewer.records[1].decoded > 80)
    }

    @Test func hostileRTCPHarmsNobody() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let ssrc = viewer.client.slots[1].parameters.ssrc
        let far = SenderReport(
            ssrc: publisher.client.encodings[1][0].ssrc, ntpTimestamp: NTPTimestamp(rawValue: .max),
            rtpTimestamp: .max, packetCount: .max, octetCount: .max)
        publisher.client.sendRTCP([.senderReport(far)])
        publisher.client.sendRTCP([
            .senderReport(
                SenderReport(
                    ssrc: publisher.client.encodings[0][0].ssrc, ntpTimestamp: NTPTimestamp(rawValue: 0),
                    rtpTimestamp: 0, packetCount: 0, octetCount: 0))
        ])
        publisher.client.sendRTCP([.goodbye(Goodbye(sources: [publisher.client.encodings[1][0].ssrc]))])
        let block = ReportBlock(
            ssrc: ssrc, fractionLost: 255, cumulativeLost: .max, extendedHighestSequenceNumber: .max, jitter: .max,
            lastSenderReport: .max, delaySinceLastSenderReport: .max)
        viewer.client.sendRTCP([
            .receiverReport(ReceiverReport(ssrc: SSRC(1), reportBlocks: Array(repeating: block, count: 31))),
            .pictureLossIndication(PictureLossIndication(senderSSRC: SSRC(1), mediaSSRC: SSRC(0xFFFF_FFFF))),
        ])
        room.settle(publisher)
        room.settle(viewer)
        room.run(.seconds(5))
        #expect(viewer.records[1].decoded > 170)
        #expect(viewer.client.slots[1].lastSenderReport != nil)
    }

    @Test func noNonceIsUsedTwice() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let second = try room.join(.publisher())
        room.run(.seconds(1))
        room.startPublishing(second)
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.1), from: VirtualRoom.serverV4, to: viewer.address)
        // Per key, AES-GCM's nonce is made of SSRC and packet index: sequence numbers of one SSRC must never repeat.
        var seen: [UInt32: Set<UInt16>] = [:]
        var repeated = 0
        room.sink.observer = { octets, path in
            guard path.remote == viewer.address, octets[0] >= 128, !(192...223).contains(octets[1]) else { return }
            let ssrc = (try? octets.span.uint32(at: 8)) ?? 0
            let sequence = (try? octets.span.uint16(at: 2)) ?? 0
            if !seen[ssrc, default: []].insert(sequence).inserted { repeated += 1 }
        }
        for round in 0..<10 {
            room.show(round.isMultiple(of: 2) ? second : room.participants[0], to: viewer)
            room.run(.seconds(1))
        }
        #expect(repeated == 0)
        #expect(seen.count == 3 && seen.values.reduce(0) { $0 + $1.count } > 1_000)
    }
}
