import Testing

@testable import MediaRuntime

@Suite struct SlabTests {
    private final class Counted {
        nonisolated(unsafe) static var alive = 0
        init() { unsafe Self.alive += 1 }
        deinit { unsafe Self.alive -= 1 }
    }

    @Test func recordsKeepTheirIndicesWhileItGrows() {
        let slab = Slab<Int>(minimumCapacity: 2)
        let indices = (0..<100).map { slab.insert($0 * 10) }
        #expect(Set(indices).count == 100 && slab.count == 100)
        for (value, index) in indices.enumerated() { #expect(unsafe slab[index].pointee == value * 10) }
    }

    @Test func removedIndicesAreUsedAgain() {
        let slab = Slab<Int>(minimumCapacity: 4)
        let indices = (0..<4).map { slab.insert($0) }
        slab.remove(indices[1])
        slab.remove(indices[1])
        #expect(slab.count == 3)
        #expect(slab.insert(99) == indices[1])
        #expect(unsafe slab[indices[1]].pointee == 99 && slab[indices[2]].pointee == 2)
    }

    @Test func everyRecordIsReleasedOnce() {
        do {
            let slab = Slab<Counted>(minimumCapacity: 1)
            let indices = (0..<10).map { _ in slab.insert(Counted()) }
            for index in indices.prefix(4) { slab.remove(index) }
            #expect(unsafe Counted.alive == 6)
        }
        #expect(unsafe Counted.alive == 0)
    }
}
