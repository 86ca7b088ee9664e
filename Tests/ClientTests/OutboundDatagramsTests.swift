import Primitives
import Testing

@testable import Client

@Suite struct OutboundDatagramsTests {
    private let path = NetworkPath(
        local: TransportAddress(v4: 10, 0, 0, 1, port: 1), remote: TransportAddress(v4: 10, 0, 0, 2, port: 2))

    @Test func datagramsComeOutInTheirOrderOneByOneOrAllAtOnce() {
        var outbound = OutboundDatagrams()
        outbound.append([1, 2, 3], on: path)
        outbound.append([], on: path)
        outbound.append([4], on: path)
        let first = outbound.popFirst()
        #expect(first?.octets == [1, 2, 3] && first?.path == path)
        var rest: [[UInt8]] = []
        unsafe outbound.drain { octets, _ in rest.append(unsafe Array(octets)) }
        #expect(rest == [[], [4]])
        let after = outbound.popFirst()
        #expect(outbound.isEmpty && after == nil)
    }

    @Test func protectionMayTakeItsRoomOrRefuse() {
        var outbound = OutboundDatagrams()
        let refused = unsafe outbound.append([1, 2], spare: 4, on: path) { _, _ in nil }
        let kept = unsafe outbound.append([1, 2], spare: 4, on: path) { place, count in
            unsafe place[count] = 9
            return count + 1
        }
        let overrun = unsafe outbound.append([7], spare: 1, on: path) { place, _ in place.count + 1 }
        #expect(!refused && kept && !overrun)
        var all: [[UInt8]] = []
        unsafe outbound.drain { octets, _ in all.append(unsafe Array(octets)) }
        #expect(all == [[1, 2, 9]])
    }
}
