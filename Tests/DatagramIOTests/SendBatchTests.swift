import CDatagram
import Primitives
import Testing

@testable import DatagramIO

@Suite struct SendBatchTests {
    private let a = NetworkPath(
        local: TransportAddress(v4: 10, 0, 0, 1, port: 7_882), remote: TransportAddress(v4: 10, 0, 0, 2, port: 5_000))
    private let b = NetworkPath(
        local: TransportAddress(v4: 10, 0, 0, 1, port: 7_882), remote: TransportAddress(v4: 10, 0, 0, 2, port: 5_001))

    private func put(_ octets: Int, _ fill: UInt8, to path: NetworkPath, in batch: SendBatch) {
        let room = unsafe batch.reserve()
        unsafe room.update(repeating: fill, count: octets)
        batch.commit(octets: octets, to: Route(path))
    }

    /// Length and segment size of each message.
    private func messages(_ batch: SendBatch) -> [[Int]] {
        (0..<batch.messageCount).map { index in
            unsafe [Int(batch.messages[index].length), Int(batch.messages[index].segment)]
        }
    }

    private func datagrams(_ batch: SendBatch) -> [[UInt8]] {
        var all: [[UInt8]] = []
        unsafe batch.forEachDatagram { octets, _ in all.append(unsafe Array(octets)) }
        return all
    }

    @Test func equalSizesToOnePeerBecomeOneMessage() {
        let batch = SendBatch(joinsDatagrams: true)
        for fill in 1...5 as ClosedRange<UInt8> { put(100, fill, to: a, in: batch) }
        #expect(messages(batch) == [[500, 100]])
        #expect(datagrams(batch) == (1...5).map { Array(repeating: UInt8($0), count: 100) })
    }

    @Test func onlyTheLastOfAMessageMayBeShorter() {
        let batch = SendBatch(joinsDatagrams: true)
        for octets in [100, 100, 60, 60, 100] { put(octets, 1, to: a, in: batch) }
        #expect(messages(batch) == [[260, 100], [60, 60], [100, 100]])
        #expect(datagrams(batch).map(\.count) == [100, 100, 60, 60, 100])
    }

    @Test func aLongerOneBeginsAMessage() {
        let batch = SendBatch(joinsDatagrams: true)
        for octets in [100, 101, 101, 1] { put(octets, 1, to: a, in: batch) }
        #expect(messages(batch) == [[100, 100], [203, 101]])
    }

    @Test func anotherPeerOrPortBeginsAMessage() {
        let batch = SendBatch(joinsDatagrams: true)
        put(100, 1, to: a, in: batch)
        put(100, 2, to: b, in: batch)
        put(100, 3, to: a, in: batch)
        #expect(messages(batch) == [[100, 100], [100, 100], [100, 100]])
        var paths: [NetworkPath] = []
        unsafe batch.forEachDatagram { _, path in paths.append(path) }
        #expect(paths.map(\.remote) == [a.remote, b.remote, a.remote])
        #expect(paths.allSatisfy { $0.local.host == a.local.host })
    }

    @Test func oneOfOurAddressesForOneAndAnotherForAnotherAreNotJoined() {
        let batch = SendBatch(joinsDatagrams: true)
        var other = a
        other.local = TransportAddress(v4: 10, 0, 0, 9, port: 7_882)
        put(100, 1, to: a, in: batch)
        put(100, 2, to: other, in: batch)
        #expect(batch.messageCount == 2)
    }

    @Test func aMessageHasNoMoreThanSixtyFourSegments() {
        let batch = SendBatch(joinsDatagrams: true)
        for _ in 0..<130 { put(50, 1, to: a, in: batch) }
        #expect(messages(batch) == [[3_200, 50], [3_200, 50], [100, 50]])
    }

    @Test func aMessageFitsAUDPDatagram() {
        let batch = SendBatch(joinsDatagrams: true)
        for _ in 0..<60 { put(1_200, 1, to: a, in: batch) }
        #expect(messages(batch).allSatisfy { $0[0] <= SendBatch.maximumMessage })
        #expect(datagrams(batch).count == 60)
    }

    @Test func aWholeMessageIsTakenAsItWasWritten() {
        let batch = SendBatch(joinsDatagrams: true)
        let room = unsafe batch.reserve(octets: 300)
        unsafe room.update(repeating: 7, count: 250)
        batch.commit(message: 250, segment: 100, to: Route(a))
        // Nothing joins it: its sizes were planned.
        put(50, 1, to: a, in: batch)
        #expect(messages(batch) == [[250, 100], [50, 50]])
        #expect(datagrams(batch).map(\.count) == [100, 100, 50, 50])
    }

    @Test func thereIsRoomForMessagesUpToTheSlabsEndAndNoMore() {
        let batch = SendBatch(joinsDatagrams: true)
        let octets = SendBatch.maximumMessage
        for _ in 0..<3 {
            _ = unsafe batch.reserve(octets: octets)
            batch.commit(message: octets, segment: 1_000, to: Route(a))
        }
        let left = SendBatch.slabOctets - 3 * octets
        #expect(batch.hasCapacity(octets: left) && !batch.hasCapacity(octets: left + 1))
        batch.reset()
        #expect(batch.hasCapacity(octets: SendBatch.slabOctets))
        for _ in 0..<SendBatch.maximumMessages {
            #expect(batch.hasCapacity(octets: 1))
            _ = unsafe batch.reserve(octets: 1)
            batch.commit(message: 1, segment: 1, to: Route(a))
        }
        #expect(!batch.hasCapacity(octets: 1) && batch.isFull)
    }

    @Test func withoutJoiningEveryDatagramIsAMessage() {
        let batch = SendBatch(joinsDatagrams: false)
        for _ in 0..<10 { put(100, 1, to: a, in: batch) }
        #expect(messages(batch) == Array(repeating: [100, 100], count: 10))
    }

    @Test func itIsFullBeforeItOverflows() {
        let byCount = SendBatch(joinsDatagrams: false)
        while !byCount.isFull { put(20, 1, to: a, in: byCount) }
        #expect(byCount.messageCount == SendBatch.maximumMessages)
        let byOctets = SendBatch(joinsDatagrams: true)
        var count = 0
        while !byOctets.isFull {
            put(SendBatch.maximumDatagram, 1, to: a, in: byOctets)
            count += 1
        }
        #expect(count == SendBatch.slabOctets / SendBatch.maximumDatagram)
        byOctets.reset()
        #expect(byOctets.isEmpty && !byOctets.isFull)
        put(5, 9, to: a, in: byOctets)
        #expect(datagrams(byOctets) == [[9, 9, 9, 9, 9]])
    }

    @Test func ipv6PathsKeepTheirAddresses() {
        let batch = SendBatch(joinsDatagrams: true)
        let path = NetworkPath(
            local: TransportAddress(family: .v6, high: 0x2001_0DB8_0000_0000, low: 1, port: 7_882),
            remote: TransportAddress(family: .v6, high: 0xFE80_0000_0000_0000, low: 7, port: 1, scope: 3))
        put(10, 1, to: path, in: batch)
        var seen: NetworkPath?
        unsafe batch.forEachDatagram { _, path in seen = path }
        #expect(seen == path)
    }
}
