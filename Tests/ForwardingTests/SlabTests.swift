import Forwarding
import Testing

@Suite struct SlabTests {
    private final class Counted {
        nonisolated(unsafe) static var alive = 0
        init() { unsafe Self.alive += 1 }
        deinit { unsafe Self.alive -= 1 }
    }

    @Test func recordsKeepTheirIndicesWhileItGrows() {
        let slab = Slab<Int, PeerIndex>(minimumCapacity: 2)
        let indices = (0..<100).map { slab.insert($0 * 10) }
        #expect(Set(indices).count == 100 && slab.count == 100)
        for (value, index) in indices.enumerated() { #expect(unsafe slab[index].pointee == value * 10) }
    }

    @Test func removedIndicesAreUsedAgain() {
        let slab = Slab<Int, PeerIndex>(minimumCapacity: 4)
        let indices = (0..<4).map { slab.insert($0) }
        slab.remove(indices[1])
        slab.remove(indices[1])
        #expect(slab.count == 3)
        let again = slab.insert(99)
        #expect(again.place == indices[1].place)
        #expect(unsafe slab[again].pointee == 99 && slab[indices[2]].pointee == 2)
    }

    @Test func everyRecordIsReleasedOnce() {
        do {
            let slab = Slab<Counted, PeerIndex>(minimumCapacity: 1)
            let indices = (0..<10).map { _ in slab.insert(Counted()) }
            for index in indices.prefix(4) { slab.remove(index) }
            #expect(unsafe Counted.alive == 6)
        }
        #expect(unsafe Counted.alive == 0)
    }

    @Test func aStaleIndexFindsNothing() {
        let slab = Slab<Int, PeerIndex>(minimumCapacity: 1)
        #expect(!slab.contains(.none), "a place that was never used is no record")
        let first = slab.insert(1)
        slab.remove(first)
        #expect(!slab.contains(first))
        let second = slab.insert(2)
        #expect(second.place == first.place && second != first)
        #expect(!slab.contains(first) && slab.contains(second))
        // Removing by the stale index leaves the new record alone.
        slab.remove(first)
        #expect(unsafe slab.count == 1 && slab[second].pointee == 2)
        #expect(!slab.contains(.none) && !slab.contains(PeerIndex(place: 99, generation: 1)))
    }

    @Test func readingAStaleIndexEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            let slab = Slab<Int, PeerIndex>(minimumCapacity: 1)
            let stale = slab.insert(1)
            slab.remove(stale)
            _ = slab.insert(2)
            _ = unsafe slab[stale].pointee
        }
    }
}
