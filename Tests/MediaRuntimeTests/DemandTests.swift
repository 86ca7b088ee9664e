import Client
import Forwarding
import MediaControl
import Primitives
import Testing

@testable import MediaRuntime

/// What viewers say of how large they show a slot.
@Suite struct DemandTests {
    @Test func aSlotBeginsWithTheLargestAndKeepsItsDemandWhenFilledAnew() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        let slot = try #require(room.worker.peers[viewer.id]).slots[1].subscription
        #expect(room.worker.router.demand(of: slot) == .largest)
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: 160, height: 90, priority: 7)))
        room.show(publisher, to: viewer)
        #expect(room.worker.router.demand(of: slot) == PictureDemand(width: 160, height: 90, priority: 7))
        room.command(.fillSlot(viewer.id, slot: 1, with: nil))
        #expect(room.worker.router.demand(of: slot) == PictureDemand(width: 160, height: 90, priority: 7))
        // Slots and transports that are not there are passed over.
        room.command(.setDemand(viewer.id, slot: 9, SlotDemand(width: 1)))
        room.command(.setDemand(publisher.id, slot: 0, SlotDemand()))
    }

    /// A publisher with pictures of these widths, 16 by 9, and one viewer.
    private func watching(_ room: VirtualRoom, widths: [Int], isUpright: Bool = false) throws -> Participant {
        let publisher = try room.join(.publisher(rids: ["a", "b", "c"]))
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        for (index, width) in widths.enumerated() {
            publisher.publisher?.layers[index].width = isUpright ? width * 9 / 16 : width
            publisher.publisher?.layers[index].height = isUpright ? width : width * 9 / 16
        }
        room.run(.seconds(1))
        room.startPublishing(publisher)
        return viewer
    }

    private func demand(_ width: UInt16, _ height: UInt16, _ viewer: Participant, _ room: VirtualRoom) {
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: width, height: height)))
        room.run(.seconds(1))
    }

    @Test(arguments: [[320, 640, 1_280], [1_280, 640, 320], [640, 320, 1_280]], [false, true])
    func theSmallestThatCoversTheTileIsSent(widths: [Int], isUpright: Bool) throws {
        let room = try VirtualRoom()
        let viewer = try watching(room, widths: widths, isUpright: isUpright)
        func shown() -> Int? { viewer.records[1].layers.last.map { widths[Int($0)] } }
        demand(160, 90, viewer, room)
        #expect(viewer.records[1].layers.map { widths[Int($0)] }.allSatisfy { $0 == 320 }, "never a larger one")
        demand(640, 360, viewer, room)
        #expect(shown() == 640)
        demand(800, 450, viewer, room)
        #expect(shown() == 1_280)
        demand(320, 180, viewer, room)
        #expect(shown() == 320)
        // No encoding covers it: the largest.
        demand(3_840, 2_160, viewer, room)
        #expect(shown() == 1_280)
        demand(180, 320, viewer, room)
        #expect(shown() == 320, "upright")
        // One side suffices to need more.
        demand(320, 320, viewer, room)
        #expect(shown() == 640)
        demand(0, 0, viewer, room)
        #expect(shown() == 320)
        #expect(viewer.records[1].pictureIDJumps == 0 && viewer.client.slots[1].statistics.lost == 0)
    }

    @Test func aTileResizedByAFewPixelsKeepsItsEncoding() throws {
        let room = try VirtualRoom()
        let viewer = try watching(room, widths: [320, 640, 1_280])
        demand(320, 180, viewer, room)
        let layers = viewer.records[1].layers
        for step in 0..<20 { demand(UInt16(315 + step % 4 * 12), UInt16(176 + step % 4 * 6), viewer, room) }
        #expect(viewer.records[1].layers == layers && layers.last == 0)
        // From an eighth more on it is enlarged too much; and back it goes at the size itself.
        demand(361, 203, viewer, room)
        #expect(viewer.records[1].layers.last == 1)
        demand(330, 185, viewer, room)
        #expect(viewer.records[1].layers.last == 1)
        demand(320, 180, viewer, room)
        #expect(viewer.records[1].layers.last == 0)
    }

    @Test func whereSizesAreUnknownTheLargestIsSentWhateverTheTile() throws {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher(rids: ["a", "b"])
        joining.isOpaque = true
        let publisher = try room.join(joining)
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.command(.setDemand(viewer.id, slot: 1, SlotDemand(width: 16, height: 9)))
        publisher.publisher?.clearOctets = 0
        publisher.publisher?.layers[0].packetsPerFrame = 8
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(4))
        #expect(viewer.records[1].layers.last == 0, "the higher rate")
    }
}
