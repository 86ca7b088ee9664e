import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// What a publisher is told, and what it may do wrong.
@Suite struct RepairUplinkTests {
    private func publishing(
        _ room: VirtualRoom, _ joining: VirtualRoom.Joining = .publisher()
    ) throws -> (publisher: Participant, viewer: Participant) {
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(2))
        return (publisher, viewer)
    }

    @Test func theRoundTripToAPublisherIsMeasured() throws {
        let room = try VirtualRoom(conditions: LinkConditions(latency: .milliseconds(35)))
        let (publisher, viewer) = try publishing(room)
        for participant in [publisher, viewer] {
            let peer = try #require(room.worker.peers[participant.id])
            #expect(abs((peer.roundTrip.value - .milliseconds(70)).inMilliseconds) <= 2)
        }
    }

    @Test func requestsForManyPacketsGatherInOneDatagram() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try publishing(room)
        var datagrams: [MonotonicInstant] = []
        room.sink.observer = { octets, path in
            guard path.remote == publisher.address, octets[1] == 205 else { return }
            datagrams.append(room.now)
        }
        let before = room.worker.statistics.packetsRequested
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.3), from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(3))
        let requested = room.worker.statistics.packetsRequested - before
        #expect(requested > 80)
        // Transport-wide feedback has the same type, every 50 ms.
        #expect(datagrams.count < 3 * (50 + 20) + 10)
    }

    @Test func paddingThatProbesIsReportedButNotForwarded() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try publishing(room)
        let forwarded = viewer.records[1].packets
        let encoding = publisher.client.encodings[1][0]
        publisher.publisher?.stop()
        room.run(.milliseconds(200))
        let at = room.now
        let first = publisher.client.transportSequence
        for number in UInt16(0)..<20 {
            var probe = RTPPacketBuilder(
                payloadType: 97, sequenceNumber: 20_000 + number, timestamp: 0, ssrc: encoding.rtxSSRC, payload: [])
            probe.paddingCount = 255
            let transport = first &+ number
            probe.extensions = [
                .init(identifier: 3, data: [UInt8(transport >> 8), UInt8(truncatingIfNeeded: transport)]),
                .init(identifier: 4, data: Array("1".utf8)),
            ]
            publisher.client.send(probe)
        }
        room.settle(publisher)
        room.run(.milliseconds(300))
        #expect(viewer.records[1].packets - forwarded <= 4)
        #expect(viewer.records[1].strange == 0)
        var told = 0
        for (time, event) in publisher.events where time > at {
            guard case .transportFeedback(let feedback) = event else { continue }
            told += feedback.packets.count { $0.sequenceNumber &- first < 20 && $0.arrival != nil }
        }
        #expect(told == 20, "\(room.worker.counters.drops.byName)")
        #expect(room.drops(.payloadMalformed) == 0)
    }

    @Test func aPublisherWithoutTransportFeedbackIsToldARate() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        for section in joining.publications.indices {
            joining.publications[section].extensions[.transportSequenceNumber] = nil
            for payload in joining.publications[section].payloads.indices {
                joining.publications[section].payloads[payload].feedback = [.nack, .pli, .remb]
            }
        }
        let (publisher, _) = try publishing(room, joining)
        func rates() -> [Bitrate] {
            publisher.events.compactMap { if case .rateAllowed(let rate) = $0.event { rate } else { nil } }
        }
        #expect(try #require(rates().first) >= .kilobits(1_000))
        room.run(.seconds(5))
        let before = try #require(rates().last)
        #expect(rates().count >= 6)
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.3), from: publisher.address, to: VirtualRoom.serverV4)
        room.run(.seconds(6))
        #expect(try #require(rates().last) < before)
    }

    /// What it loses is gone, and viewers need not find out by themselves: Chromium waits 3 s before it asks.
    @Test func aPublisherThatSendsNothingAgainIsAskedForAKeyframeAtTheGap() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.publications[1].payloads[0].feedback = [.pli, .transportCC]
        joining.publications[1].payloads[0].rtxPayloadType = nil
        let (publisher, viewer) = try publishing(room, joining)
        let line = LinkConditions(latency: .milliseconds(10))
        var lossy = line
        for _ in 0..<5 {
            let before = room.now
            lossy.loss = 1
            room.network.setConditions(lossy, from: publisher.address, to: VirtualRoom.serverV4)
            room.run(.milliseconds(40))
            room.network.setConditions(line, from: publisher.address, to: VirtualRoom.serverV4)
            room.run(.milliseconds(100))
            let asked = publisher.events.count { at, event in
                if case .keyframeRequested(1, 0) = event { at > before } else { false }
            }
            #expect(asked == 1, "one request for one gap")
            // The viewer, too, asks when it gives the packets up, a second later.
            room.run(.seconds(2))
        }
        #expect(room.worker.statistics.packetsRequested == 0)
        #expect(viewer.records[1].longestPause < .milliseconds(250), "a keyframe ends each freeze")
    }

    @Test func aPublisherWithTransportFeedbackIsToldNone() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try publishing(room)
        #expect(!publisher.events.contains { if case .rateAllowed = $0.event { true } else { false } })
    }
}
