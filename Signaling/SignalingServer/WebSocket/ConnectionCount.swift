import Synchronization

/// How many WebSockets are open, and whether one more may be.
final class ConnectionCount: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var current: Int { count.load(ordering: .relaxed) }
    var hasRoom: Bool { current < limit }

    func enter() { count.wrappingAdd(1, ordering: .relaxed) }
    func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
