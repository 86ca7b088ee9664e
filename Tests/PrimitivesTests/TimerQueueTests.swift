import Primitives
import Testing

@Suite struct TimerQueueTests {
    private func instant(_ value: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: value) }

    @Test func ownersComeInTheOrderOfTheirDeadlines() {
        var queue = TimerQueue()
        for (owner, deadline) in [(0, 50), (1, 10), (2, 40), (3, 20), (4, 30)] as [(Int, Int64)] {
            queue.set(instant(deadline), for: owner)
        }
        #expect(queue.next == instant(10))
        let early = queue.popDue(at: instant(9))
        #expect(early == nil)
        var order: [Int] = []
        while let owner = queue.popDue(at: instant(100)) { order.append(owner) }
        #expect(order == [1, 3, 4, 2, 0])
        #expect(queue.next == nil)
    }

    @Test func aDeadlineCanBeMovedAndCleared() {
        var queue = TimerQueue()
        queue.set(instant(10), for: 7)
        queue.set(instant(20), for: 3)
        queue.set(instant(30), for: 7)
        #expect(queue.next == instant(20))
        queue.set(instant(5), for: 7)
        #expect(queue.next == instant(5))
        queue.set(nil, for: 7)
        queue.set(nil, for: 7)
        queue.set(nil, for: 100)
        #expect(queue.next == instant(20))
        let due = [queue.popDue(at: instant(20)), queue.popDue(at: instant(1_000))]
        #expect(due == [3, nil])
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func itAgreesWithASortedList(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = TimerQueue()
        var plain: [Int: Int64] = [:]
        for _ in 0..<2_000 {
            let owner = Int.random(in: 0..<60, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                queue.set(nil, for: owner)
                plain[owner] = nil
            case 1:
                let now = Int64.random(in: 0..<1_000, using: &generator)
                let popped = queue.popDue(at: instant(now))
                let least = plain.values.min()
                if let popped {
                    #expect(plain[popped] == least && least.map { $0 <= now } == true)
                    plain[popped] = nil
                } else {
                    #expect(least.map { $0 > now } ?? true)
                }
            default:
                let deadline = Int64.random(in: 0..<1_000, using: &generator)
                queue.set(instant(deadline), for: owner)
                plain[owner] = deadline
            }
            #expect(queue.next == plain.values.min().map(instant))
        }
    }
}
