import Client
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct HandshakeTests {
    /// Datagrams that a client and the server exchange until the handshake is through, on a perfect network.
    private static let datagrams = 8

    @Test(arguments: 0..<datagrams)
    func theLossOfAnyOneOfTheFirstDatagramsIsMadeGood(_ lost: Int) throws {
        let room = try VirtualRoom()
        let viewer = try room.join(.viewer())
        var count = 0
        room.network.interceptor = { _ in
            count += 1
            return count - 1 != lost
        }
        let begin = room.now
        #expect(room.run(atMost: .seconds(5)) { viewer.client.isEstablished && room.isConnected(viewer) })
        #expect(room.now - begin < .seconds(1.5))
        #expect(count > lost, "the datagram was never sent")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theHandshakeSurvivesTwentyPercentLoss(_ seed: UInt64) throws {
        let room = try VirtualRoom(seed: seed, conditions: LinkConditions(latency: .milliseconds(20), loss: 0.2))
        let viewer = try room.join(.viewer())
        #expect(room.run(atMost: .seconds(20)) { viewer.client.isEstablished && room.isConnected(viewer) })
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func theHandshakeSurvivesReorderingAndDuplicates(_ seed: UInt64) throws {
        let conditions = LinkConditions(
            latency: .milliseconds(5), jitter: .milliseconds(5), reordering: 0.3, duplication: 0.3)
        let room = try VirtualRoom(seed: seed, conditions: conditions)
        let viewer = try room.join(.viewer())
        #expect(room.run(atMost: .seconds(3)) { viewer.client.isEstablished && room.isConnected(viewer) })
    }

    @Test func aCertificateThatTheOfferDidNotNameIsClosedWithinASecondWithoutMedia() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished }
        room.startPublishing(publisher)
        var joining = VirtualRoom.Joining.viewer()
        joining.fingerprint = CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: 7, count: 32))
        let impostor = try room.join(joining)
        let joined = room.now
        room.show(publisher, to: impostor)
        var media = 0
        room.sink.observer = { octets, path in
            if path.remote == impostor.address, octets[0] >= 128 { media += 1 }
        }
        room.run(.seconds(3))
        let closing = try #require(room.closing(of: impostor))
        #expect(closing.reason == .fingerprintMismatch)
        #expect(closing.at - joined < .seconds(1))
        #expect(media == 0)
        #expect(!room.isConnected(impostor))
        #expect(publisher.client.isEstablished)
    }

    @Test func dtlsFromAnAddressWithoutAValidCheckIsNotAnswered() throws {
        let room = try VirtualRoom()
        let viewer = try room.join(.viewer())
        var hello: [UInt8]?
        room.network.interceptor = { datagram in
            if datagram.octets[0] == 22, hello == nil { hello = datagram.octets }
            return true
        }
        room.run(.seconds(1))
        let stranger = TransportAddress(v4: 203, 0, 113, 9, port: 5_000)
        var answers = 0
        room.sink.observer = { _, path in if path.remote == stranger { answers += 1 } }
        for _ in 0..<100 { room.inject(try #require(hello), from: stranger) }
        room.run(.seconds(1))
        #expect(answers == 0)
        #expect(room.drops(.unvalidatedAddress) == 100)
        #expect(viewer.client.isEstablished)
    }

    @Test func aFloodOfForgedHellosFailsNoHandshake() throws {
        let room = try VirtualRoom()
        var hello: [UInt8]?
        room.network.interceptor = { datagram in
            if datagram.octets[0] == 22, hello == nil { hello = datagram.octets }
            return true
        }
        let first = try room.join(.viewer())
        room.run(atMost: .seconds(1)) { first.client.isEstablished }
        var viewers: [Participant] = []
        for _ in 0..<30 { viewers.append(try room.join(.viewer())) }
        let forged = try #require(hello)
        for round in 0..<50 {
            for number in 0..<20 {
                room.inject(forged, from: TransportAddress(v4: 203, 0, UInt8(round), UInt8(number), port: 5_000))
            }
            room.run(.milliseconds(2))
        }
        #expect(room.run(atMost: .seconds(2)) { viewers.allSatisfy { $0.client.isEstablished } })
        room.run(.milliseconds(200))
        #expect(room.drops(.unvalidatedAddress) == 1_000)
    }

    @Test func nothingLargerThanTheRequestGoesToAnUnvalidatedAddress() throws {
        let room = try VirtualRoom()
        let stranger = TransportAddress(v4: 203, 0, 113, 9, port: 5_000)
        var check: [UInt8]?
        room.network.interceptor = { datagram in
            if datagram.octets[0] == 0, check == nil { check = datagram.octets }
            return true
        }
        let viewer = try room.join(.viewer())
        room.run(.seconds(1))
        var answers: [Int] = []
        room.sink.observer = { octets, path in if path.remote == stranger { answers.append(octets.count) } }
        var request = try #require(check)
        room.inject(request, from: stranger)
        // Without a valid integrity there is no answer at all.
        request[request.count - 12] ^= 1
        room.inject(request, from: TransportAddress(v4: 203, 0, 113, 10, port: 5_000))
        room.run(.seconds(1))
        #expect(answers.count == 1 && answers[0] <= request.count)
        #expect(viewer.client.isEstablished)
    }

    @Test func aHundredJoinsAtOnceDoNotHoldUpMedia() throws {
        let room = try VirtualRoom()
        room.handshakeCost = .milliseconds(1)
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(atMost: .seconds(1)) { publisher.client.isEstablished && viewer.client.isEstablished }
        room.startPublishing(publisher)
        room.run(.seconds(1))
        #expect(viewer.records[1].longestLatency <= .milliseconds(20))

        let joiners = try (0..<100).map { _ in try room.join(.viewer()) }
        let begin = room.now
        #expect(room.run(atMost: .seconds(5)) { joiners.allSatisfy { $0.client.isEstablished } })
        // Two steps each of one millisecond, 100 joiners, and the ways.
        #expect(room.now - begin < .seconds(1))
        let turn = VirtualRoom.handshakeTurn
        #expect(viewer.records[0].longestLatency <= .milliseconds(20) + turn)
        #expect(viewer.records[1].longestLatency <= .milliseconds(20) + turn)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
    }

    private static let passive: VirtualRoom.Joining = {
        var joining = VirtualRoom.Joining.publisher()
        joining.options.awaitsHandshake = true
        return joining
    }()

    /// The peer said `a=setup:passive`: the server sends the ClientHello once ICE has validated a path.
    @Test func aPeerThatWaitsForTheHandshakeGetsIt() throws {
        let room = try VirtualRoom()
        var sentBeforeTheCheck = 0
        var hasChecked = false
        room.network.interceptor = { datagram in
            if datagram.to == VirtualRoom.serverV4, datagram.octets[0] == 0 { hasChecked = true }
            return true
        }
        room.sink.observer = { octets, _ in if octets[0] == 22, !hasChecked { sentBeforeTheCheck += 1 } }
        let publisher = try room.join(Self.passive)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        let begin = room.now
        #expect(room.run(atMost: .seconds(1)) { publisher.client.isEstablished && room.isConnected(publisher) })
        #expect(room.now - begin < .milliseconds(100))
        #expect(sentBeforeTheCheck == 0)
        room.startPublishing(publisher)
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded > 20)
    }

    @Test(arguments: 0..<12)
    func aPassivePeersHandshakeSurvivesTheLossOfAnyOneDatagram(lost: Int) throws {
        let room = try VirtualRoom()
        let publisher = try room.join(Self.passive)
        var count = 0
        room.network.interceptor = { _ in
            count += 1
            return count - 1 != lost
        }
        #expect(room.run(atMost: .seconds(3)) { publisher.client.isEstablished && room.isConnected(publisher) })
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aPassivePeersHandshakeSurvivesTwentyPercentLoss(seed: UInt64) throws {
        let conditions = LinkConditions(
            latency: .milliseconds(20), jitter: .milliseconds(10), loss: 0.2, reordering: 0.1)
        let room = try VirtualRoom(seed: seed, conditions: conditions)
        let publisher = try room.join(Self.passive)
        #expect(room.run(atMost: .seconds(20)) { publisher.client.isEstablished && room.isConnected(publisher) })
    }

    @Test func aPassivePeerWithAnotherCertificateIsClosed() throws {
        let room = try VirtualRoom()
        var joining = Self.passive
        joining.fingerprint = CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: 7, count: 32))
        let impostor = try room.join(joining)
        room.run(.seconds(3))
        #expect(room.closing(of: impostor)?.reason == .fingerprintMismatch)
        #expect(!room.isConnected(impostor))
    }

    @Test func recordsAfterTheHandshakeThatAreNoneOfItsAreCounted() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        let before = room.drops(.dtlsRecord)
        for type in UInt8(20)...23 {
            room.inject([type, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1], from: viewer.address)
            room.inject([type, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 1], from: viewer.address)
        }
        room.run(.seconds(1))
        #expect(room.drops(.dtlsRecord) == before + 8)
        #expect(viewer.client.isEstablished && viewer.records[1].longestPause < .milliseconds(100))
    }

    @Test func whatComesInAnEstablishedSessionPassesTheQueue() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        // Somebody else's handshake waits for the end of the turn.
        let newcomer = try room.join(.viewer())
        room.run(atMost: .seconds(1)) { room.worker.peers[newcomer.id]?.paths.isEmpty == false }
        let before = room.drops(.dtlsRecord)
        func receive(_ type: UInt8, from address: TransportAddress) {
            var record: [UInt8] = [type, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 1]
            let path = NetworkPath(local: VirtualRoom.serverV4, remote: address)
            unsafe record.withUnsafeMutableBytes { unsafe room.worker.receive($0, on: path, now: room.now) }
        }
        receive(22, from: newcomer.address)
        #expect(!room.worker.handshakes.isEmpty)
        // Application data of the session that is through is taken at once: its session drops what is forged.
        receive(23, from: viewer.address)
        #expect(room.drops(.dtlsRecord) == before + 1)
        // What waits is the newcomer's alone.
        #expect(room.worker.handshakes.popFirst()?.peer == newcomer.id)
        #expect(room.worker.handshakes.isEmpty)
    }
}
