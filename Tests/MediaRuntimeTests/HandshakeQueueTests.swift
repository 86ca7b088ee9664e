import Primitives
import Testing

@testable import MediaRuntime

@Suite struct HandshakeQueueTests {
    private let path = NetworkPath(
        local: TransportAddress(v4: 10, 0, 0, 1, port: 1), remote: TransportAddress(v4: 10, 0, 0, 2, port: 2))

    private func entry(_ peer: UInt64, _ octet: UInt8 = 0) -> HandshakeQueue.Entry {
        HandshakeQueue.Entry(peer: TransportID(rawValue: peer), datagram: [octet], path: path)
    }

    @Test func datagramsComeInTheirOrder() {
        var queue = HandshakeQueue(limit: 1_024)
        for octet in 0..<200 as Range<UInt8> {
            let appended = queue.append(entry(UInt64(octet), octet))
            #expect(appended)
        }
        for octet in 0..<200 as Range<UInt8> {
            let first = queue.popFirst()
            #expect(first?.datagram == [octet])
        }
        #expect(queue.isEmpty)
    }

    @Test func onePeerCannotFillIt() {
        var queue = HandshakeQueue(limit: 1_024)
        let taken = (0..<100).count { _ in queue.append(entry(1)) }
        #expect(taken == HandshakeQueue.maximumPerPeer)
        let other = queue.append(entry(2))
        _ = queue.popFirst()
        let refilled = [queue.append(entry(1)), queue.append(entry(1))]
        #expect(other && refilled == [true, false])
    }

    @Test func itHoldsNoMoreThanItsLimit() {
        var queue = HandshakeQueue(limit: 10)
        let taken = (0..<100).count { queue.append(entry(UInt64($0))) }
        #expect(taken == 10)
        for number in 0..<1_000 {
            let popped = queue.popFirst()
            #expect(popped != nil)
            let appended = queue.append(entry(UInt64(number)))
            #expect(appended)
        }
    }

    @Test func itSurvivesItsOwnTidying() {
        var queue = HandshakeQueue(limit: 1_024)
        var next: UInt64 = 0
        var expected: UInt64 = 0
        for round in 0..<50 {
            for _ in 0..<(round.isMultiple(of: 2) ? 500 : 20) where queue.append(entry(next)) { next += 1 }
            for _ in 0..<260 {
                guard let first = queue.popFirst() else { break }
                #expect(first.peer.rawValue == expected)
                expected += 1
            }
        }
    }
}
