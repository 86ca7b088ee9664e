import MediaControl
import Primitives
import TestSupport
import Testing

@testable import Rooms

/// What the worker says of a viewer's path reaches that viewer, its slots named by their sections.
struct QualityTests {
    @Test func aViewerIsToldOfItsOwnPathBySection() async throws {
        let house = try House()
        let host = try await house.join("host", .host)
        let viewer = try await house.join("viewer")
        let transport = try #require(house.plane.opened.last).id
        await house.running {
            house.plane.tell([
                .quality(
                    transport,
                    PathQuality(
                        estimate: .kilobits(940), limit: .delay,
                        slots: [
                            SlotQuality(slot: 1, layer: 2, layers: 3), SlotQuality(slot: 12, layer: 0, layers: 1),
                            SlotQuality(slot: 99, layer: 1, layers: 1),
                        ]))
            ])
            var events = viewer.events.makeAsyncIterator()
            let told = await events.next { event in
                if case .quality(let quality) = event { quality } else { nil }
            }
            // Slot 1 is the picture of seat 0, slot 12 that of the screen; one that is not known any more is left out.
            #expect(
                told
                    == ViewQuality(
                        estimate: .kilobits(940), limit: .delay,
                        slots: [.init(mid: "5", layer: 2, layers: 3), .init(mid: "16", layer: 0, layers: 1)]))
        }
        let others = await house.history(of: host)
        #expect(!others.contains { if case .quality = $0 { true } else { false } })
    }
}
