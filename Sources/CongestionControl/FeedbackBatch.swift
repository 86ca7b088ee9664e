import Primitives

/// The results of one feedback, ordered by arrival. One per worker: it is filled and emptied with each feedback, so that no
/// viewer needs memory for it and no feedback allocates.
package struct FeedbackBatch: Sendable {
    /// Results held at most; a feedback that reports more is processed in parts.
    package static let capacity = 1_024
    /// How many places a late packet may move forward. Further back it would be skipped by `ArrivalGroups` in any case.
    private static let maximumMove = 64

    package private(set) var results: [PacketResult] = []
    /// The latest arrival, in nanoseconds.
    private var lastArrival = Int64.min
    package var isFull: Bool { results.count >= Self.capacity }

    package init() { results.reserveCapacity(Self.capacity) }

    package mutating func removeAll() {
        results.removeAll(keepingCapacity: true)
        lastArrival = .min
    }

    /// Takes the batch out, emptied, until `give`: so that what is filled is a local value, which costs no reference counting per
    /// packet.
    package mutating func take() -> FeedbackBatch {
        removeAll()
        var taken = FeedbackBatch(withoutCapacity: ())
        swap(&taken, &self)
        return taken
    }

    /// Takes the memory back.
    package mutating func give(_ batch: consuming FeedbackBatch) { self = batch }

    private init(withoutCapacity: ()) {}

    /// Adds a result behind all that arrived earlier; the caller processes the batch first when `isFull`.
    package mutating func append(_ result: PacketResult) {
        results.append(result)
        guard let arrival = result.arrival else { return }
        guard arrival.nanoseconds < lastArrival else {
            lastArrival = arrival.nanoseconds
            return
        }
        var place = results.count &- 1
        let last = max(0, place &- Self.maximumMove)
        while place > last, let before = results[place &- 1].arrival, before > arrival {
            results.swapAt(place, place &- 1)
            place &-= 1
        }
    }
}
