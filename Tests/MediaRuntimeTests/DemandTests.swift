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
}
