import Client
import Forwarding
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct JoiningTests {
    /// A publisher and a viewer who see each other's end of the room, playing for a second.
    private func playing(_ room: VirtualRoom, isV6: Bool = false) throws -> (Participant, Participant) {
        var joining = VirtualRoom.Joining.publisher()
        joining.isV6 = isV6
        let publisher = try room.join(joining)
        joining = .viewer()
        joining.isV6 = isV6
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        #expect(room.run(atMost: .seconds(2)) { publisher.client.isEstablished && viewer.client.isEstablished })
        room.startPublishing(publisher)
        room.run(.seconds(1))
        return (publisher, viewer)
    }

    @Test func whatOnePublishesAnotherSeesAndHears() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        room.run(.seconds(4))

        let audio = viewer.records[0]
        let video = viewer.records[1]
        #expect(audio.publishers == [1] && video.publishers == [1])
        #expect(audio.decoded > 245)
        #expect(video.decoded > 145)
        #expect(video.strange == 0 && audio.strange == 0)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 && $0.unknownPayloadTypes == 0 })
        #expect(viewer.client.dropped == DropCounts() && publisher.client.dropped == DropCounts())
        #expect(video.sources == [1: [101]])
        #expect(video.pictureIDJumps == 0 && video.tl0IndexJumps == 0)
        #expect(video.longestLatency == .milliseconds(20))
        #expect(room.worker.counters.drops.byName == [:])
    }

    @Test func theTrackStartsWithItsFirstPacketAndTransportsConnectOnce() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        var connected: [TransportID] = []
        var started: [TrackID] = []
        for (_, event) in room.events {
            if case .transportConnected(let id) = event { connected.append(id) }
            if case .trackStarted(let id) = event { started.append(id) }
        }
        #expect(Set(connected) == [publisher.id, viewer.id] && connected.count == 2)
        #expect(Set(started) == Set(publisher.tracks) && started.count == 2)
    }

    @Test func whoLeavesIsToldGoodbyeAndForgotten() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        room.command(.closeTransport(viewer.id))
        room.run(.milliseconds(100))
        guard case .closed(.closedByServer) = viewer.client.state else {
            Issue.record("the viewer was not told: \(viewer.client.state)")
            return
        }
        #expect(room.closing(of: viewer) == nil, "the control plane closed it and need not hear of it")
        let packets = viewer.records[1].packets
        room.run(.seconds(2))
        #expect(viewer.records[1].packets == packets)

        room.command(.closeTransport(publisher.id))
        room.run(.milliseconds(100))
        #expect(publisher.client.isClosed)
        #expect(
            room.worker.peers.byID.isEmpty && room.worker.peers.byPath.indices.isEmpty
                && room.worker.peers.byFragment.isEmpty
        )
        #expect(room.worker.router.tracks.isEmpty && room.worker.router.encodings.isEmpty)
        #expect(room.worker.egress.peers.count == 0 && room.worker.router.subscriptions.count == 0)
        #expect(room.worker.peers.nextTimeout == nil)
    }

    @Test func aClientThatClosesIsGoneWithinThirtyFiveSecondsAtTheLatest() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room)
        let left = room.now
        viewer.client.close()
        room.settle(viewer)
        room.run(atMost: .seconds(40)) { room.closing(of: viewer) != nil }
        let closing = try #require(room.closing(of: viewer))
        #expect(closing.at - left <= .seconds(35))
    }

    @Test func thePublishersEndLeavesItsViewersConnected() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room)
        room.command(.closeTransport(publisher.id))
        room.run(.seconds(3))
        #expect(viewer.client.isEstablished)
        let second = try room.join(.publisher())
        room.show(second, to: viewer)
        room.run(atMost: .seconds(1)) { second.client.isEstablished }
        room.startPublishing(second)
        room.run(.seconds(2))
        #expect(viewer.records[1].publishers == [1, 3])
        #expect(viewer.client.slots[1].statistics.lost == 0)
        #expect(viewer.records[1].pictureIDJumps == 0)
    }

    @Test(arguments: SRTPProfile.allCases)
    func mediaFlowsWithEitherProfile(_ profile: SRTPProfile) throws {
        let room = try VirtualRoom(clientProfiles: [profile])
        let (_, viewer) = try playing(room)
        let profiles = viewer.events.compactMap {
            if case .established(let profile) = $0.event { profile } else { nil }
        }
        #expect(profiles == [profile])
        #expect(viewer.records[1].decoded > 25 && viewer.records[0].decoded > 45)
        #expect(viewer.client.dropped == DropCounts())
    }

    @Test func aesGCMIsPreferred() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room)
        #expect(publisher.events.contains { if case .established(.aeadAES128GCM) = $0.event { true } else { false } })
    }

    @Test func mediaFlowsOverIPv6() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room, isV6: true)
        #expect(publisher.client.selectedPath?.remote == VirtualRoom.serverV6)
        #expect(viewer.records[1].decoded > 25 && viewer.records[0].decoded > 45)
    }

    @Test func aMeasuringViewerCountsWithoutDecrypting() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        var joining = VirtualRoom.Joining.viewer()
        joining.options.opensMedia = false
        let viewer = try room.join(joining)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.05), from: VirtualRoom.serverV4, to: viewer.address)
        room.run(.seconds(5))
        let slot = viewer.client.slots[1]
        #expect(slot.statistics.packets > 350 && slot.statistics.lost > 5)
        #expect(slot.lastSenderReport != nil, "RTCP is opened all the same")
        #expect(viewer.records[1].packets == viewer.records[1].strange, "what it was handed is not clear")
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        let conditions = LinkConditionsFor.badWiFi
        func figures() throws -> [Int] {
            let room = try VirtualRoom(seed: 77, conditions: conditions)
            let publisher = try room.join(.publisher())
            let viewer = try room.join(.viewer())
            room.show(publisher, to: viewer)
            room.run(.seconds(1))
            room.startPublishing(publisher)
            room.run(.seconds(3))
            return [viewer.records[1].decoded, viewer.records[1].packets, viewer.client.slots[1].nacksSent]
        }
        let first = try figures()
        #expect(try figures() == first)
    }
}
