import Client
import Forwarding
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

/// What an operator is told who asks why a picture stands still.
@Suite struct SnapshotTests {
    private func snapshots(_ room: VirtualRoom, _ participants: [Participant]) -> [TransportSnapshot] {
        let answer = Answer()
        room.command(.takeSnapshots(participants.map(\.id), SnapshotReply { answer.snapshots = $0 }))
        return answer.snapshots
    }

    /// Answered on the same thread, before the command returns.
    private final class Answer: @unchecked Sendable {
        var snapshots: [TransportSnapshot] = []
    }

    @Test func aPictureThatPlaysIsToldAsLive() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        room.run(.seconds(2))
        let told = snapshots(room, [viewer, publisher])
        #expect(told.map(\.id) == [viewer.id, publisher.id])
        let slot = try #require(told.first?.slots.last)
        #expect(slot.track == publisher.videoTrack && slot.activity == .live)
        #expect(slot.currentEncoding == 0 && slot.targetEncoding == 0 && slot.maximumEncoding == 0)
        #expect(slot.waitingFor == nil && slot.demand == SlotDemand())
        #expect(slot.packetsSent > 100 && slot.packetsBehind == 0)
        #expect(try #require(slot.lastPacketAge) < .milliseconds(100))
        #expect(told[0].isEstablished && told[0].path?.remote == viewer.address)
        #expect(try #require(told[0].roundTrip) > .milliseconds(10))
        let track = try #require(told.last?.tracks.last)
        #expect(track.id == publisher.videoTrack && track.isOpen && track.hasStarted && track.subscriptions == 1)
        let encoding = try #require(track.encodings.first)
        #expect(encoding.ssrc == publisher.client.encodings[1].first?.ssrc && encoding.packetsLost == 0)
        #expect(try #require(encoding.lastPacketAge) < .milliseconds(100))
        #expect(encoding.lastKeyframeAge != nil && encoding.keyframeWantedFor == nil && encoding.subscriptions == 1)
    }

    @Test func aPictureThatWaitsForAKeyframeSaysSinceWhen() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let first = try room.join(.viewer())
        room.show(publisher, to: first)
        room.run(.seconds(1))
        // From now on nothing that the server says reaches the publisher, so no keyframe comes when one is asked for.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 1), from: VirtualRoom.serverV4, to: publisher.address)
        publisher.publisher?.layers[0].wantsKeyframe = false
        room.startPublishing(publisher)
        room.run(.seconds(3))
        let told = snapshots(room, [publisher, first])
        let encoding = try #require(told.first?.tracks.last?.encodings.first)
        #expect(encoding.lastKeyframeAge == nil && encoding.keyframeRequestsUnanswered > 1)
        #expect(try #require(encoding.keyframeWantedFor) > .seconds(2))
        let slot = try #require(told.last?.slots.last)
        #expect(slot.activity == .waiting && slot.currentEncoding == nil && slot.targetEncoding == 0)
        #expect(try #require(slot.waitingFor) > .seconds(2))
    }

    @Test func aClosedGateAndWhatItDropsAreTold() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        room.command(.setGate(publisher.videoTrack, isOpen: false))
        room.run(.seconds(1))
        let told = snapshots(room, [publisher, viewer])
        #expect(told[0].tracks.last?.isOpen == false)
        #expect(try #require(told[0].drops["gateClosed"]) > 20)
        #expect(told[1].drops == [:])
        #expect(told[1].slots.last?.activity == .waiting)
    }

    @Test func whatCouldNotBeSentToAViewerIsToldAmongItsDrops() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        unsafe room.worker.egress.peers[try #require(room.worker.peers[viewer.id]).index].pointee.close()
        room.run(.milliseconds(500))
        let told = snapshots(room, [viewer, publisher])
        #expect(room.drops(.senderClosed) > 0)
        #expect(told[0].drops == ["senderClosed": room.drops(.senderClosed)] && told[1].drops == [:])
    }

    @Test func transportsThatTheWorkerDoesNotHaveAreLeftOut() throws {
        let room = try VirtualRoom()
        let viewer = try room.join(.viewer())
        let answer = Answer()
        let unknown = TransportID(rawValue: 999)
        room.command(.takeSnapshots([unknown, viewer.id], SnapshotReply { answer.snapshots = $0 }))
        #expect(answer.snapshots.map(\.id) == [viewer.id])
        #expect(answer.snapshots[0].slots.map(\.activity) == [.empty, .empty])
    }
}
