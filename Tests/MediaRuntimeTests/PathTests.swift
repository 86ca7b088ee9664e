import Client
import Forwarding
import ICE
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing
import Transport

@testable import MediaRuntime

@Suite struct PathTests {
    private func playing(_ room: VirtualRoom) throws -> (Participant, Participant) {
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        #expect(room.run(atMost: .seconds(2)) { publisher.client.isEstablished && viewer.client.isEstablished })
        room.startPublishing(publisher)
        room.run(.seconds(1))
        return (publisher, viewer)
    }

    @Test func mediaFollowsAViewerToItsNewAddress() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let old = viewer.address
        let moved = room.now
        room.move(viewer, to: TransportAddress(v4: 203, 0, 113, 77, port: 9_999))
        var lateToOld = 0
        room.sink.observer = { octets, path in
            if path.remote == old, octets[0] >= 128, room.now - moved > .milliseconds(50) { lateToOld += 1 }
        }
        room.run(.seconds(3))
        #expect(lateToOld == 0)
        #expect(viewer.records[1].longestPause < .milliseconds(200))
        #expect(viewer.client.isEstablished && room.closing(of: viewer) == nil)
    }

    @Test func aPublisherMaySendFromItsNewAddressAfterItsCheck() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        room.move(publisher, to: TransportAddress(v4: 203, 0, 113, 78, port: 9_998))
        room.run(.seconds(3))
        #expect(viewer.records[1].longestPause < .milliseconds(200))
        #expect(viewer.records[0].decoded > 190)
    }

    @Test func manyAddressesOfOneClientLeaveNothingBehind() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        for number in 0..<40 {
            room.move(viewer, to: TransportAddress(v4: 203, 0, 113, UInt8(number), port: 9_000))
            room.run(.milliseconds(100))
        }
        #expect(viewer.client.isEstablished)
        let kept = try #require(room.worker.peers[viewer.id]).transport.validatedPaths
        #expect(Set(room.worker.peers.byPath.indices.keys.filter { $0.remote.port == 9_000 }) == Set(kept))
        room.command(.closeTransport(viewer.id))
        room.run(.milliseconds(100))
        #expect(room.worker.peers.byPath.indices.count == 1)
    }

    @Test func anAddressThatServesAnotherClientNowStaysWithIt() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let shared = viewer.address
        room.move(viewer, to: TransportAddress(v4: 203, 0, 113, 80, port: 9_000))
        room.run(.seconds(1))
        let other = try room.join(.viewer())
        room.run(.seconds(1))
        room.move(other, to: shared)
        // Both go on with their consent checks.
        room.run(.seconds(40))
        #expect(viewer.client.isEstablished && other.client.isEstablished)
        let index = room.worker.peers[other.id]?.index
        #expect(room.worker.peers.byPath[NetworkPath(local: VirtualRoom.serverV4, remote: shared)] == index)
        #expect(room.drops(.srtpAuthentication) == 0)
    }

    @Test func mediaFromAnAddressWithoutAValidCheckIsDropped() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        var packet: [UInt8]?
        room.network.interceptor = { datagram in
            // What the publisher sends now goes out from a stranger's address instead.
            if datagram.from == publisher.address, datagram.octets[0] >= 128, packet == nil {
                packet = datagram.octets
                return false
            }
            return true
        }
        room.run(.milliseconds(100))
        let before = viewer.records.map(\.packets)
        publisher.publisher?.stop()
        room.run(.milliseconds(100))
        let dropped = room.drops(.unvalidatedAddress)
        let settled = viewer.records.map(\.packets)
        #expect(settled != before)
        room.inject(try #require(packet), from: TransportAddress(v4: 203, 0, 113, 5, port: 40_000))
        room.run(.seconds(1))
        #expect(room.drops(.unvalidatedAddress) == dropped + 1)
        #expect(viewer.records.map(\.packets) == settled)
    }

    @Test func sendingToASilentClientStopsWithinThirtySecondsAndItIsFreedWithinThirtyFive() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        room.freeze(viewer)
        let silent = room.now
        var lastSent = MonotonicInstant.zero
        room.sink.observer = { _, path in if path.remote == viewer.address { lastSent = room.now } }
        room.run(.seconds(40))
        let closing = try #require(room.closing(of: viewer))
        #expect(closing.reason == .consentExpired)
        #expect(closing.at - silent <= .seconds(35))
        #expect(lastSent - silent <= .seconds(30))
        #expect(lastSent - silent > .seconds(20), "consent was given until then")
        #expect(room.worker.egress.peers.count == 1)
    }

    @Test func aClientThatNeverChecksIsForgotten() throws {
        let room = try VirtualRoom()
        let viewer = try room.join(.viewer())
        room.freeze(viewer)
        room.run(.seconds(36))
        #expect(room.closing(of: viewer)?.reason == .connectTimeout)
        #expect(room.worker.peers.byID.isEmpty)
    }

    @Test func mediaGoesOnOverAnICERestart() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let local = ICECredentials(usernameFragment: "again1", password: "another-password-of-the-client")
        let server = ICECredentials(usernameFragment: "again2", password: "another-password-of-the-server")
        viewer.parameters.localCredentials = server
        viewer.parameters.remoteCredentials = local
        room.command(.updateTransport(viewer.parameters))
        viewer.client.restart(
            local: local, remote: server, remoteCandidates: [VirtualRoom.serverV4], now: room.now)
        room.settle(viewer)
        room.run(.seconds(40))
        #expect(viewer.client.isEstablished && room.closing(of: viewer) == nil)
        #expect(viewer.records[1].longestPause < .milliseconds(100))
        let paths = viewer.events.filter { if case .pathSelected = $0.event { true } else { false } }
        #expect(paths.count == 2)
    }

    @Test func anICERestartThatIsNeverFollowedStopsMediaWithConsent() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        viewer.parameters.localCredentials = ICECredentials(
            usernameFragment: "again2", password: "another-password-of-the-server")
        viewer.parameters.remoteCredentials = ICECredentials(
            usernameFragment: "again1", password: "another-password-of-the-client")
        room.run(.seconds(15))
        let silent = room.now
        room.freeze(viewer)
        room.run(.seconds(10))
        room.command(.updateTransport(viewer.parameters))
        var lastSent = MonotonicInstant.zero
        room.sink.observer = { _, path in if path.remote == viewer.address { lastSent = room.now } }
        room.run(.seconds(40))
        #expect(lastSent - silent <= .seconds(30))
        #expect(room.closing(of: viewer) != nil)
    }

    @Test func aViewerWhoComesBackDuringAnICERestartSeesOneStream() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let local = ICECredentials(usernameFragment: "again1", password: "another-password-of-the-client")
        let server = ICECredentials(usernameFragment: "again2", password: "another-password-of-the-server")
        viewer.parameters.localCredentials = server
        viewer.parameters.remoteCredentials = local
        // The link is cut for longer than consent lasts, and the restart falls into it.
        var isCut = true
        room.network.interceptor = { datagram in
            !isCut || (datagram.from != viewer.address && datagram.to != viewer.address)
        }
        let received = viewer.records[1].packets
        room.run(.seconds(20))
        room.command(.updateTransport(viewer.parameters))
        viewer.client.restart(
            local: local, remote: server, remoteCandidates: [VirtualRoom.serverV4], now: room.now)
        room.settle(viewer)
        room.run(.seconds(11))
        #expect(room.worker.peers[viewer.id]?.transport.selectedPath == nil, "consent has ended")
        isCut = false
        room.run(.seconds(8))
        #expect(viewer.client.isEstablished && room.closing(of: viewer) == nil)
        #expect(viewer.records[1].packets > received + 200)
        #expect(viewer.records[1].strange == 0)
        let connected = room.events.filter { if case .transportConnected(viewer.id) = $0.event { true } else { false } }
        #expect(connected.count == 1)
    }

    @Test func aPublisherWithoutConsentChecksIsForwardedButSentNothing() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.options.sendsConsentChecks = false
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        let begin = room.now
        var lastSent = MonotonicInstant.zero
        room.sink.observer = { _, path in if path.remote == publisher.address { lastSent = room.now } }
        room.run(.seconds(90))
        #expect(room.closing(of: publisher) == nil)
        #expect(viewer.records[1].longestPause < .milliseconds(100))
        #expect(viewer.records[0].longestPause < .milliseconds(100))
        #expect(lastSent - begin < .seconds(30))
        #expect(lastSent - begin > .seconds(25), "consent was given until then")
        // It is gone when its media is.
        room.freeze(publisher)
        let silent = room.now
        room.run(.seconds(35))
        let closing = try #require(room.closing(of: publisher))
        #expect(closing.reason == .consentExpired)
        #expect(closing.at - silent >= .seconds(29) && closing.at - silent <= .seconds(31))
    }

    @Test func aViewerWithoutConsentChecksIsSentNothingAfterThirtySeconds() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        var joining = VirtualRoom.Joining.viewer()
        joining.options.sendsConsentChecks = false
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        let begin = room.now
        var lastSent = MonotonicInstant.zero
        room.sink.observer = { _, path in if path.remote == viewer.address { lastSent = room.now } }
        room.run(.seconds(60))
        #expect(lastSent - begin <= .seconds(30) && lastSent - begin > .seconds(25))
        #expect(room.closing(of: viewer) == nil, "its reports still come")
        room.freeze(viewer)
        room.run(.seconds(31))
        #expect(room.closing(of: viewer)?.reason == .consentExpired)
    }

    @Test func aSourceThatStartsBeforeTheWrapMayLoseItsFirstPackets() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.options.firstSequence = 65_530
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        var lost = 0
        room.network.interceptor = { datagram in
            guard datagram.from == publisher.address, datagram.octets[0] >= 128,
                datagram.octets[1] & 0x7F < 64 || datagram.octets[1] & 0x7F > 95,
                datagram.octets[2] == 0xFF
            else { return true }
            lost += 1
            return false
        }
        room.startPublishing(publisher)
        room.run(.seconds(2))
        #expect(lost == 12, "six of either encoding")
        #expect(room.drops(.srtpAuthentication) == 0)
        #expect(viewer.records[0].decoded > 80)
        #expect(viewer.records[1].decoded > 40)
    }
}
