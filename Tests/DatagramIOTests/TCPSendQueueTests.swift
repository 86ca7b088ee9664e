import Primitives
import Testing

@testable import DatagramIO

final class TCPSendQueueTests {
    private var queue = TCPSendQueue()

    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @discardableResult
    private func append(_ octets: Int, filledWith octet: UInt8 = 1, at milliseconds: Int64 = 0) -> Bool {
        let datagram = [UInt8](repeating: octet, count: octets)
        let now = at(milliseconds)
        return unsafe datagram.withUnsafeBufferPointer { unsafe queue.append($0, now: now) }
    }

    /// Lets so many octets leave.
    private func take(_ count: Int) -> [UInt8] {
        var taken: [UInt8] = []
        unsafe queue.write { octets in
            unsafe taken = Array(octets.prefix(count))
            return taken.count
        }
        return taken
    }

    @Test func datagramsLeaveInOrderWithTheirLengths() {
        append(1, filledWith: 7)
        append(258, filledWith: 8)
        #expect(queue.count == 1 + 258 + 4)
        let all = take(.max)
        #expect(all == [0, 1, 7, 1, 2] + [UInt8](repeating: 8, count: 258))
        #expect(queue.isEmpty && queue.waitingSince == nil)
    }

    @Test func nothingGetsLostWhereTheConnectionTakesParts() {
        var sent: [UInt8] = []
        var expected: [UInt8] = []
        for number in 0..<3_000 {
            let size = number * 37 % 1_400
            append(size, filledWith: UInt8(truncatingIfNeeded: number), at: Int64(number))
            expected += [UInt8(size >> 8), UInt8(size & 0xFF)]
            expected += [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            sent += take(number * 91 % 1_500)
        }
        sent += take(.max)
        #expect(sent == expected)
    }

    @Test func aFullQueueTakesNoMore() {
        let size = 1_022
        for _ in 0..<(TCPLimits.maximumQueue / 1_024) { #expect(append(size)) }
        #expect(queue.count == TCPLimits.maximumQueue)
        #expect(!append(0))
        _ = take(1_024)
        #expect(append(size))
        #expect(!append(1))
    }

    @Test func theOldestTellsSinceWhenOctetsWait() {
        append(100, at: 5)
        append(100, at: 50)
        append(100, at: 500)
        #expect(queue.waitingSince == at(5))
        _ = take(101)
        #expect(queue.waitingSince == at(5), "one octet of it waits")
        _ = take(1)
        #expect(queue.waitingSince == at(50))
        _ = take(150)
        #expect(queue.waitingSince == at(500))
        _ = take(.max)
        #expect(queue.waitingSince == nil)
        append(1, at: 900)
        #expect(queue.waitingSince == at(900))
    }

    @Test func aDatagramThatHasBegunIsNotDropped() {
        append(100, filledWith: 1, at: 5)
        append(100, filledWith: 2, at: 50)
        append(100, filledWith: 3, at: 60)
        _ = take(1)
        #expect(queue.dropWaiting() == 2)
        #expect(queue.count == 101 && queue.waitingSince == at(5))
        append(1, filledWith: 4, at: 70)
        #expect(take(.max) == [100] + [UInt8](repeating: 1, count: 100) + [0, 1, 4])
    }

    @Test func allIsDroppedBetweenDatagrams() {
        append(100, at: 5)
        append(100, at: 50)
        _ = take(102)
        #expect(queue.dropWaiting() == 1)
        #expect(queue.isEmpty && queue.waitingSince == nil)
        #expect(queue.dropWaiting() == 0)
    }
}
