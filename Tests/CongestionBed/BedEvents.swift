import Primitives

/// What happens next in a test bed, by time; of one instant, in the order in which it was asked for.
struct BedEvents {
    enum Event {
        case arrives(BedPacket)
        case frame(Int)
        case audio(Int)
        case pace(Int)
        case probe(Int)
        case tick(Int)
        case feedback(Int)
        case tcp(Int)
        case sample
    }

    private struct Entry {
        var at: Int64
        var order: Int64
        var event: Event

        func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    private var heap: [Entry] = []
    private var order: Int64 = 0

    mutating func add(_ event: Event, at instant: MonotonicInstant) {
        heap.append(Entry(at: instant.nanoseconds, order: order, event: event))
        order += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (MonotonicInstant, Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
                guard least != parent else { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (MonotonicInstant(nanoseconds: first.at), first.event)
    }
}
