import Primitives

/// The results of one feedback, ordered by arrival. One per worker: it is filled and emptied with each feedback, so that no
/// viewer needs memory for it and no feedback allocates. Raw memory, so that a result costs a few stores and no reference
/// counting.
// Safe to use: places are below `count`, which is at most the capacity that lives as long as the batch.
@safe package final class FeedbackBatch {
    /// Results held at most, as many as a send history remembers; further ones are left out. What is never filled is memory that
    /// the system does not provide.
    package static let capacity = 8_192
    /// How many places a late packet may move forward. Further back it would be skipped by `ArrivalGroups` in any case.
    private static let maximumMove = 64

    private let memory: UnsafeMutablePointer<PacketResult>
    package private(set) var count = 0
    /// The latest arrival; `nil` where nothing has arrived.
    package var lastArrival: MonotonicInstant? {
        latest == .min ? nil : MonotonicInstant(nanoseconds: latest)
    }
    /// The same in nanoseconds.
    private var latest = Int64.min

    package init() { unsafe memory = .allocate(capacity: Self.capacity) }

    deinit { unsafe memory.deallocate() }

    /// The results in the order of arrival, valid until the next change.
    var results: UnsafePointer<PacketResult> { unsafe UnsafePointer(memory) }

    package subscript(place: Int) -> PacketResult {
        // Places are counted by callers here; nothing from the network is one.
        precondition(place >= 0 && place < count)
        return unsafe memory[place]
    }

    package func removeAll() {
        count = 0
        latest = .min
    }

    /// Adds a result behind all that arrived earlier.
    package func append(_ result: PacketResult) {
        append(
            sequence: result.sequence, sentAt: result.sentAt, arrival: result.arrival, octets: result.octets,
            kind: result.kind, cluster: result.cluster)
    }

    /// The same from its parts, which are passed in registers.
    package func append(
        sequence: Int64, sentAt: MonotonicInstant, arrival: MonotonicInstant?, octets: Int, kind: PacketKind,
        cluster: UInt8
    ) {
        guard count < Self.capacity else { return }
        unsafe (memory + count).initialize(
            to: PacketResult(
                sequence: sequence, sentAt: sentAt, arrival: arrival, octets: octets, kind: kind, cluster: cluster))
        count &+= 1
        guard let arrival = arrival?.nanoseconds else { return }
        if arrival >= latest { latest = arrival } else { moveLast(arrivedAt: arrival) }
    }

    /// Moves the last result in front of those that arrived later.
    private func moveLast(arrivedAt arrival: Int64) {
        var place = count &- 1
        let last = max(0, place &- Self.maximumMove)
        let moved = unsafe memory[place]
        while place > last, let before = unsafe memory[place &- 1].arrival, before.nanoseconds > arrival {
            unsafe memory[place] = unsafe memory[place &- 1]
            place &-= 1
        }
        unsafe memory[place] = moved
    }
}
