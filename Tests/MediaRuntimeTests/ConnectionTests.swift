import Client
import DatagramIO
import ICE
import MediaControl
import Primitives
import TestSupport
import Testing
import Transport

@testable import MediaRuntime

/// Peers over TCP: the kernel's connections on loopback, in virtual time. And what a worker does when a path takes less.
@Suite struct ConnectionTests {
    private func viewerOverTCP(receiveBuffer: Int32 = 0) -> VirtualRoom.Joining {
        var joining = VirtualRoom.Joining.viewer()
        joining.tcpReceiveBuffer = receiveBuffer
        return joining
    }

    /// A room in which a viewer over TCP has been watching for a second, beside one over UDP.
    private func watching(
        receiveBuffer: Int32 = 0
    ) throws -> (VirtualRoom, publisher: Participant, viewer: Participant, other: Participant) {
        let room = try VirtualRoom(acceptsTCP: true)
        let publisher = try room.join(.publisher())
        let viewer = try room.join(viewerOverTCP(receiveBuffer: receiveBuffer))
        let other = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.show(publisher, to: other)
        #expect(room.run(atMost: .seconds(5)) { viewer.client.isEstablished && other.client.isEstablished })
        room.startPublishing(publisher)
        room.run(.seconds(1))
        return (room, publisher, viewer, other)
    }

    private func connectionsClosed(_ room: VirtualRoom) -> [String: UInt64] {
        room.worker.statistics.connectionsClosed
    }

    @Test func aViewerOverTCPSeesAndHears() throws {
        let (room, _, viewer, _) = try watching()
        room.run(.seconds(40))
        let peer = try #require(room.worker.peers[viewer.id])
        #expect(peer.transport.selectedPath?.isTCP == true)
        #expect(room.worker.snapshot(of: peer, now: room.now).path?.isTCP == true)
        #expect(room.worker.statistics.connections == 1)
        #expect(room.closing(of: viewer) == nil, "its checks over TCP keep its consent")
        #expect(
            viewer.records[1].longestPause < .milliseconds(100) && viewer.records[0].longestPause < .milliseconds(100))
        #expect(viewer.records[1].strange == 0 && viewer.client.slots[1].statistics.lost == 0)
    }

    @Test func aPublisherOverTCPIsSeen() throws {
        let room = try VirtualRoom(acceptsTCP: true)
        var joining = VirtualRoom.Joining.publisher()
        joining.tcpReceiveBuffer = 0
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        #expect(room.run(atMost: .seconds(5)) { publisher.client.isEstablished && viewer.client.isEstablished })
        room.startPublishing(publisher)
        room.run(.seconds(5))
        #expect(viewer.records[1].longestPause < .milliseconds(100) && viewer.records[1].decoded > 100)
        #expect(room.drops(.unvalidatedAddress) == 0)
    }

    @Test func aViewerThatStopsReadingHoldsNothingUpAndGoesOnFromAKeyframe() throws {
        let (room, _, viewer, other) = try watching(receiveBuffer: 16 * 1_024)
        let before = viewer.records[1]
        viewer.readsNothing = true
        var mostWaiting = 0
        for _ in 0..<24 {
            room.run(.milliseconds(250))
            mostWaiting = max(mostWaiting, room.connections?.figures.waiting ?? 0)
        }
        let path = try #require(room.worker.peers[viewer.id]?.transport.selectedPath)
        #expect(room.worker.peers[viewer.id]?.stalledPath == path)
        #expect(mostWaiting > 0 && mostWaiting <= TCPLimits.maximumQueue)
        #expect(room.drops(.connectionFull) > 0, "what waited for too long")
        // The other viewer noticed nothing.
        #expect(
            other.records[1].longestPause < .milliseconds(100) && other.records[0].longestPause < .milliseconds(100))
        #expect(other.client.slots[1].statistics.lost == 0)

        viewer.readsNothing = false
        room.run(.seconds(3))
        let after = viewer.records[1]
        #expect(room.worker.peers[viewer.id]?.stalledPath == nil)
        #expect(after.keyframes > before.keyframes)
        #expect(after.decoded > before.decoded + 50)
        #expect(after.strange == 0)
        let decoded = (viewer.records[1].decoded, viewer.records[0].decoded)
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded >= decoded.0 + 25 && viewer.records[0].decoded >= decoded.1 + 45)
        #expect(other.records[1].longestPause < .milliseconds(100))
    }

    @Test func aViewerThatNeverReadsAgainIsClosed() throws {
        let (room, _, viewer, other) = try watching(receiveBuffer: 16 * 1_024)
        viewer.readsNothing = true
        room.run(TCPLimits.longestWait + TCPLimits.longestStall + .seconds(5))
        #expect(connectionsClosed(room) == ["stalled": 1])
        #expect(room.worker.peers[viewer.id]?.transport.selectedPath == nil)
        #expect(room.worker.statistics.connections == 0)
        #expect(other.records[1].longestPause < .milliseconds(100))
    }

    @Test func aViewerWhoseConnectionBreaksGoesOnWithAnother() throws {
        let (room, _, viewer, _) = try watching()
        let first = try #require(room.worker.peers[viewer.id]?.transport.selectedPath)
        let before = viewer.records[1].decoded
        try room.redial(viewer)
        room.run(.seconds(3))
        let second = try #require(room.worker.peers[viewer.id]?.transport.selectedPath)
        #expect(second != first && second.isTCP)
        #expect(!room.worker.knows(first), "nothing is left of the first")
        #expect(viewer.records[1].decoded > before + 50)
        #expect(connectionsClosed(room) == ["peer": 1])
    }

    @Test func nothingIsSentAfterAConnectionHasClosed() throws {
        let (room, _, viewer, _) = try watching()
        room.hangUp(viewer)
        room.run(.milliseconds(100))
        let peer = try #require(room.worker.peers[viewer.id])
        #expect(peer.transport.selectedPath == nil && peer.paths.isEmpty)
        #expect(room.drops(.senderClosed) > 0)
        var sent = 0
        room.sink.observer = { _, path in if path.isTCP || path.remote == viewer.address { sent += 1 } }
        room.run(.seconds(31))
        #expect(sent == 0)
        #expect(room.closing(of: viewer)?.reason == .consentExpired)
    }

    @Test func aConnectionIsClosedSoonAfterItsPeerHasGone() throws {
        let (room, _, viewer, _) = try watching()
        room.command(.closeTransport(viewer.id))
        room.run(TCPLimits.unprovenTime + .seconds(1))
        #expect(connectionsClosed(room) == ["unproven": 1])
    }

    // MARK: - A path that takes less, whatever it is made of

    private func tell(_ room: VirtualRoom, _ viewer: Participant, _ flow: TCPFlow) throws {
        let path = try #require(room.worker.peers[viewer.id]?.transport.selectedPath)
        room.worker.note(TCPConnections.Change(path: path, flow: flow), now: room.now)
    }

    @Test func videoWaitsForACongestedPathAndSoundDoesNot() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        try tell(room, viewer, .congested)
        let (video, sound, keyframes) = (
            viewer.records[1].packets, viewer.records[0].decoded, viewer.records[1].keyframes
        )
        room.run(.milliseconds(400))
        #expect(viewer.records[1].packets - video <= 2, "what was on its way")
        #expect(viewer.records[0].decoded - sound >= 18)
        try tell(room, viewer, .clear)
        room.run(.seconds(1))
        // What waited in the publisher's buffer is sent; nothing was lost, so no keyframe is needed.
        #expect(viewer.records[1].keyframes == keyframes)
        #expect(viewer.records[1].longestPause < .milliseconds(500))
        #expect(room.worker.heldPeers == 0)
    }

    @Test func aPathThatWasCongestedForLongGoesOnFromAKeyframe() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        try tell(room, viewer, .congested)
        let keyframes = viewer.records[1].keyframes
        room.run(.seconds(3))
        try tell(room, viewer, .clear)
        let decoded = viewer.records[1].decoded
        room.run(.seconds(1))
        #expect(viewer.records[1].keyframes > keyframes)
        #expect(viewer.records[1].decoded > decoded + 20)
    }

    @Test func nothingIsSentOnAPathThatIsStalled() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        try tell(room, viewer, .stalled)
        room.run(.milliseconds(50))
        let packets = viewer.records.map(\.packets)
        let decoded = viewer.records.map(\.decoded)
        room.run(.seconds(2))
        #expect(viewer.records.map(\.packets) == packets)
        let path = try #require(room.worker.peers[viewer.id]?.transport.selectedPath)
        room.worker.note(TCPConnections.Change(path: path, flow: .clear), now: room.now)
        room.run(.seconds(1))
        // The picture is made of the publisher's buffer, from its last keyframe on, and goes on; sound goes on where it is.
        #expect(viewer.records[1].decoded > decoded[1] + 60)
        #expect(viewer.records[0].decoded > decoded[0] + 45 && viewer.records[0].decoded < decoded[0] + 60)
    }

    @Test func aPeerThatIsRemovedWhileItIsHeldLeavesNothingBehind() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try room.playing()
        try tell(room, viewer, .congested)
        #expect(room.worker.heldPeers == 1)
        room.command(.closeTransport(viewer.id))
        #expect(room.worker.heldPeers == 0)
    }

    @Test func mediaOnAConnectionThatNobodyHasCheckedIsNotLookedInto() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try room.playing()
        var packet: [UInt8]?
        room.network.interceptor = { datagram in
            if datagram.from == publisher.address, datagram.octets[0] >= 128, packet == nil {
                packet = datagram.octets
                return false
            }
            return true
        }
        room.run(.milliseconds(100))
        // The newest of its publisher, so that over UDP its path would follow.
        let path = NetworkPath(local: VirtualRoom.serverV4, remote: publisher.address, connection: 1)
        var octets = try #require(packet)
        unsafe octets.withUnsafeMutableBytes { unsafe room.worker.receive($0, on: path, now: room.now) }
        #expect(!room.worker.knows(path))
        #expect(room.drops(.unvalidatedAddress) == 1)
    }
}
