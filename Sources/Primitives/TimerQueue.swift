/// The next deadline of each of many owners, and the earliest of all: a binary heap with the owners' places in it.
package struct TimerQueue {
    private struct Entry {
        var deadline: MonotonicInstant
        var owner: Int
    }

    private var heap: [Entry] = []
    /// Where each owner stands in the heap; -1 where it does not.
    private var places: [Int] = []

    package init() {}

    /// The earliest deadline of all, `nil` where nobody waits.
    package var next: MonotonicInstant? { heap.first?.deadline }

    /// Sets, moves or clears the owner's deadline.
    package mutating func set(_ deadline: MonotonicInstant?, for owner: Int) {
        while places.count <= owner { places.append(-1) }
        let place = places[owner]
        switch (deadline, place) {
        case (nil, -1): return
        case (nil, _): remove(at: place)
        case (let deadline?, -1):
            heap.append(Entry(deadline: deadline, owner: owner))
            places[owner] = heap.count - 1
            siftUp(heap.count - 1)
        case (let deadline?, _):
            let earlier = deadline < heap[place].deadline
            heap[place].deadline = deadline
            if earlier { siftUp(place) } else { siftDown(place) }
        }
    }

    /// Takes out one owner whose deadline has come; `nil` where none has.
    package mutating func popDue(at now: MonotonicInstant) -> Int? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        remove(at: 0)
        return first.owner
    }

    private mutating func remove(at place: Int) {
        places[heap[place].owner] = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[last.owner] = place
        siftUp(place)
        siftDown(places[last.owner])
    }

    private mutating func siftUp(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].deadline < heap[parent].deadline else { return }
            swap(place, parent)
            place = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        while true {
            var least = place
            let left = 2 * place + 1
            let right = left + 1
            if left < heap.count, heap[left].deadline < heap[least].deadline { least = left }
            if right < heap.count, heap[right].deadline < heap[least].deadline { least = right }
            guard least != place else { return }
            swap(place, least)
            place = least
        }
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        places[heap[a].owner] = a
        places[heap[b].owner] = b
    }
}
