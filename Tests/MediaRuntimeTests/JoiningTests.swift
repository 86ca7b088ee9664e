import Client
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

@Suite struct JoiningTests {
    @Test func whatOnePublishesAnotherSeesAndHears() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        #expect(room.run(atMost: .seconds(2)) { publisher.client.isEstablished && viewer.client.isEstablished })
        room.startPublishing(publisher)
        room.run(.seconds(5))

        let audio = viewer.records[0]
        let video = viewer.records[1]
        #expect(audio.publishers == [publisher.publisher?.identity])
        #expect(video.publishers == [publisher.publisher?.identity])
        #expect(audio.decoded > 245)
        #expect(video.decoded > 145)
        #expect(video.strange == 0 && audio.strange == 0)
        #expect(viewer.client.slots.allSatisfy { $0.statistics.lost == 0 })
        #expect(viewer.client.dropped == DropCounts())
        #expect(publisher.client.dropped == DropCounts())
        #expect(video.sources == [UInt32(publisher.id.rawValue): [UInt32(publisher.id.rawValue) + 100]])
        #expect(video.pictureIDJumps == 0)
        #expect(worksWithoutDrops(room))
    }

    private func worksWithoutDrops(_ room: VirtualRoom) -> Bool {
        if !room.worker.drops.byName.isEmpty { print(room.worker.drops.byName) }
        return room.worker.drops.byName.isEmpty
    }
}
