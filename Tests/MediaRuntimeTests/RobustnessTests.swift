import Client
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// Whatever comes, the worker goes on.
@Suite struct RobustnessTests {
    /// Datagrams of every kind that a publisher and a viewer really send.
    private func recordedRoom() throws -> (VirtualRoom, [(from: TransportAddress, octets: [UInt8])]) {
        let room = try VirtualRoom()
        var recorded: [(from: TransportAddress, octets: [UInt8])] = []
        var kinds: [String: Int] = [:]
        room.network.interceptor = { datagram in
            guard datagram.to == VirtualRoom.serverV4 else { return true }
            let kind = "\(DatagramKind(datagram: datagram.octets.span)) \(datagram.octets.count)"
            kinds[kind, default: 0] += 1
            if kinds[kind, default: 0] <= 3 { recorded.append((datagram.from, datagram.octets)) }
            return true
        }
        let publisher = try room.join(.publisher(rids: ["q", "f"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        room.network.interceptor = nil
        return (room, recorded)
    }

    private func feed(_ room: VirtualRoom, _ octets: [UInt8], from: TransportAddress) {
        var copy = octets
        let path = NetworkPath(local: VirtualRoom.serverV4, remote: from)
        unsafe copy.withUnsafeMutableBytes { unsafe room.worker.receive($0, on: path, now: room.now) }
    }

    @Test func everyTruncationOfEveryDatagramIsSurvived() throws {
        let (room, recorded) = try recordedRoom()
        #expect(recorded.count > 20)
        for (from, octets) in recorded {
            for count in 0..<octets.count { feed(room, Array(octets.prefix(count)), from: from) }
            room.worker.finishTurn(now: room.now)
        }
        room.run(.seconds(1))
        #expect(room.participants.allSatisfy { $0.client.isEstablished && room.closing(of: $0) == nil })
        let viewer = room.participants[1]
        #expect(viewer.records[1].decoded > 100)
    }

    @Test func flippedOctetsAndRandomOnesAreSurvived() throws {
        let (room, recorded) = try recordedRoom()
        var generator = SeededGenerator(seed: 2_026)
        let firstOctets: [UInt8] = [0, 1, 20, 22, 23, 63, 64, 128, 129, 144, 160, 176, 191]
        for iteration in 0..<200_000 {
            var octets: [UInt8]
            let from: TransportAddress
            if iteration.isMultiple(of: 2), let pick = recorded.randomElement(using: &generator) {
                (from, octets) = pick
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    octets[Int.random(in: 0..<octets.count, using: &generator)] = UInt8(
                        truncatingIfNeeded: generator.next())
                }
            } else {
                from = room.participants[iteration / 2 % 2].address
                let count = Int.random(in: 0...64, using: &generator)
                octets = []
                while octets.count < count { octets.append(bigEndian: generator.next()) }
                if let kind = firstOctets.randomElement(using: &generator), !octets.isEmpty { octets[0] = kind }
            }
            feed(room, octets, from: from)
            if iteration.isMultiple(of: 64) { room.worker.finishTurn(now: room.now) }
        }
        room.run(.seconds(1))
        let viewer = room.participants[1]
        let before = viewer.records[1].decoded
        room.run(.seconds(2))
        #expect(viewer.records[1].decoded > before + 50)
        #expect(viewer.records[1].strange == 0)
        #expect(room.participants.allSatisfy { room.closing(of: $0) == nil })
    }

    @Test func whatAnAuthenticClientSendsMayBeRandomToo() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher(rids: ["q", "f"]))
        let viewer = try room.join(.viewer())
        let hostile = try room.join(.publisher(rids: ["q", "f"]))
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.startPublishing(hostile)
        room.run(.seconds(1))
        room.show(hostile, to: try room.join(.viewer()))
        var generator = SeededGenerator(seed: 99)
        for _ in 0..<200 {
            for _ in 0..<20 { sendHostile(hostile.client, using: &generator) }
            room.settle(hostile)
            room.run(.milliseconds(5))
        }
        room.run(.seconds(1))
        #expect(viewer.records[1].strange == 0 && viewer.records[1].publishers == [1])
        #expect(viewer.records[1].decoded > 80)
        #expect(hostile.client.isEstablished)
    }

    /// A packet with a real key and a random inside.
    private func sendHostile(_ client: ClientPeer, using generator: inout SeededGenerator) {
        func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        var payload: [UInt8] = []
        let count = random(0...80)
        for _ in 0..<count { payload.append(UInt8(random(0...255))) }
        let types: [UInt8] = [96, 97, 111, 60]
        var packet = RTPPacketBuilder(
            payloadType: types[random(0...3)], sequenceNumber: UInt16(random(0...65_535)),
            timestamp: UInt32(random(0...Int(UInt32.max))), ssrc: SSRC(UInt32(random(1...40))), payload: payload)
        packet.paddingCount = random(0...3) == 0 ? UInt8(random(0...255)) : 0
        for identifier in [1, 3, 4, 10, 11] as [UInt8] where random(0...1) == 0 {
            var data: [UInt8] = []
            for _ in 0..<random(1...4) { data.append(UInt8(random(0...255))) }
            if identifier == 4, random(0...1) == 0 { data = [UInt8(ascii: "1")] }
            if identifier >= 10, random(0...1) == 0 { data = [UInt8(ascii: "q")] }
            packet.extensions.append(.init(identifier: identifier, data: data))
        }
        client.send(packet)
        client.sendRTCP([
            .unknown(
                UnknownRTCPPacket(packetType: UInt8(random(192...223)), format: UInt8(random(0...31)), body: payload))
        ])
    }
}
