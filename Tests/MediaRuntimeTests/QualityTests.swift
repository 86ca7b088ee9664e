import CongestionControl
import Forwarding
import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

/// What viewers are told of their path: a real worker, clients that send real feedback, and links with a rate and a queue.
@Suite struct QualityTests {
    private func told(_ room: VirtualRoom, _ viewer: Participant) -> [(at: MonotonicInstant, quality: PathQuality)] {
        room.events.compactMap { entry in
            guard case .quality(viewer.id, let quality) = entry.event else { return nil }
            return (entry.at, quality)
        }
    }

    @Test(arguments: [(4_000, 3), (1_000, 2), (350, 1)] as [(Int64, Int)])
    func aViewerIsToldWhatItsPathCarriesAndWhichLayerItGets(kilobits: Int64, layer: Int) throws {
        let (room, viewer) = try VirtualRoom.watching(kilobits: kilobits)
        let last = try #require(told(room, viewer).last?.quality)
        #expect(last.slots == [SlotQuality(slot: 1, layer: layer, layers: 3)])
        // Where all fits the estimate stops at 1.3 times what is wanted.
        let carried = layer == 3 ? 2_700 : kilobits
        #expect(last.estimate < .kilobits(layer == 3 ? kilobits : kilobits * 11 / 10))
        #expect(last.estimate > .kilobits(carried * 7 / 10))
        #expect((last.limit == .demand) == (layer == 3))
    }

    @Test func whoDoesNotFitIsLayerZero() throws {
        let (room, viewer) = try VirtualRoom.watching(kilobits: 420, seats: 3)
        let last = try #require(told(room, viewer).last?.quality)
        #expect(last.slots.count == 3 && last.slots.allSatisfy { $0.layers == 3 })
        let paused = room.events.reduce(into: [Int: Bool]()) { paused, entry in
            if case .slotChanged(viewer.id, let slot, _, let state) = entry.event {
                paused[slot] = state == .pausedForBandwidth
            }
        }
        #expect(last.slots.contains { $0.layer == 0 } && last.slots.contains { $0.layer > 0 })
        for slot in last.slots { #expect((slot.layer == 0) == (paused[slot.slot] ?? false)) }
    }

    @Test func itIsToldAtMostOnceASecondAndOnlyWhatIsNews() throws {
        let (room, viewer) = try VirtualRoom.watching(kilobits: 700, for: .seconds(60))
        let all = told(room, viewer)
        #expect(all.count > 1)
        for (first, second) in zip(all, all.dropFirst()) {
            #expect(second.at - first.at >= QualityTelling.interval)
            let (before, after) = (first.quality, second.quality)
            let moved = abs(after.estimate.bitsPerSecond - before.estimate.bitsPerSecond)
            #expect(
                before.slots != after.slots || moved >= before.estimate.bitsPerSecond / QualityTelling.change
                    || (before.limit != after.limit && second.at - first.at >= QualityTelling.patience))
        }
        // A path that does not change is not talked about each second.
        #expect(all.count { room.now - $0.at < .seconds(30) } < 15)
    }

    @Test func nobodyIsToldOfAPathThatIsNotEstimatedOrBeforeThereIsAPicture() throws {
        let (room, viewer) = try VirtualRoom.watching(kilobits: nil, estimation: nil)
        #expect(told(room, viewer).isEmpty)
        let early = try VirtualRoom(seed: 1, estimation: EstimatorSettings())
        let waiting = try early.join(.viewer(seats: 1))
        early.run(.seconds(5))
        #expect(told(early, waiting).isEmpty)
    }

    @Test func thePathsAreCountedByWhatLimitsThem() throws {
        let (room, _) = try VirtualRoom.watching(kilobits: 1_000)
        let last = room.events.reversed().lazy.compactMap { entry -> WorkerStatistics? in
            if case .statistics(let statistics) = entry.event { statistics } else { nil }
        }.first
        let paths = try #require(last).paths
        #expect(paths.values.reduce(0) { $0 + $1.count } == 1)
        let estimate = paths.values.reduce(0) { $0 + $1.estimate.bitsPerSecond }
        #expect(estimate > 700_000 && estimate < 1_100_000)
        #expect(paths[.start] == nil)
    }
}
