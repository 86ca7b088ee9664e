import Foundation
import Primitives
import Testing

@testable import DatagramIO

/// The kernel's connections on loopback, in virtual time.
struct TCPConnectionsTests {
    /// A worker's end, and what it was told.
    private final class Worker {
        let connections: TCPConnections
        let address: TransportAddress
        var now = MonotonicInstant.zero
        var received: [(octets: [UInt8], path: NetworkPath)] = []
        var flows: [TCPFlow] = []
        /// Paths of peers.
        var known: Set<NetworkPath> = []
        /// Whether what comes names a peer.
        var provesAll = false

        init() throws {
            let (socket, listener) = try OpenedSocket.withListener(firstFreeOf: 31_500...31_599)
            _ = UDPSocket(socket, usesSegmentationOffload: false)
            connections = try TCPConnections(listener)
            address = TransportAddress(v4: 127, 0, 0, 1, port: socket.port)
        }

        var closed: [TCPClosing: UInt64] { connections.figures.closed }

        /// A turn after some time.
        func turn(after duration: Duration = .zero, sending datagrams: [([UInt8], NetworkPath)] = []) {
            now = now + duration
            unsafe connections.receive(now: now, isKnown: { known.contains($0) }) { datagram, path in
                received.append((unsafe Array(datagram), path))
                if provesAll { known.insert(path) }
            }
            connections.checkTimes(now: now, isKnown: { known.contains($0) })
            for (octets, path) in datagrams {
                unsafe octets.withUnsafeBufferPointer {
                    unsafe connections.send($0, on: path.connection, port: path.remote.port, now: now)
                }
            }
            connections.flush(now: now)
            flows += connections.takeChanges().map(\.flow)
        }

        /// Turns until the condition holds: loopback takes most at once, and some on a busy machine a moment later.
        func turn(until isSo: () -> Bool) {
            let end = ContinuousClock.now + .seconds(60)
            while !isSo(), ContinuousClock.now < end { turn() }
            #expect(isSo())
        }

        func dial(receiveBuffer: Int32 = 0) throws -> TCPClient {
            try TCPClient(to: address, receiveBuffer: receiveBuffer)
        }
    }

    private func send(_ octets: [UInt8], _ client: TCPClient, _ worker: Worker) {
        unsafe octets.withUnsafeBufferPointer { _ = unsafe client.send($0, now: worker.now) }
    }

    /// What the client gets, as many datagrams as were sent to it.
    private func received(_ count: Int, _ client: TCPClient, _ worker: Worker) -> [[UInt8]] {
        var all: [[UInt8]] = []
        worker.turn {
            _ = unsafe client.receive { all.append(unsafe Array($0)) }
            return all.count >= count
        }
        return all
    }

    /// A connection of a peer.
    private func joined(_ worker: Worker, receiveBuffer: Int32 = 0) throws -> (TCPClient, NetworkPath) {
        worker.provesAll = true
        let client = try worker.dial(receiveBuffer: receiveBuffer)
        let before = worker.received.count
        send([1], client, worker)
        worker.turn { worker.received.count > before }
        return (client, try #require(worker.received.last).path)
    }

    @Test func datagramsGoBothWays() throws {
        let worker = try Worker()
        let (client, path) = try joined(worker)
        #expect(path.isTCP && path.local == worker.address && path.remote == client.path.local)
        send([UInt8](repeating: 2, count: 1_400), client, worker)
        send([3], client, worker)
        worker.turn { worker.received.count == 3 }
        #expect(worker.received.map(\.octets.count) == [1, 1_400, 1])
        worker.turn(sending: [([4], path), ([UInt8](repeating: 5, count: 1_200), path)])
        #expect(received(2, client, worker) == [[4], [UInt8](repeating: 5, count: 1_200)])
    }

    @Test func aBatchIsDividedBetweenUDPAndConnections() throws {
        final class Rest: DatagramSink {
            var paths: [NetworkPath] = []
            func send(_ batch: SendBatch) -> MonotonicInstant {
                unsafe batch.forEachDatagram { _, path in paths.append(path) }
                return .zero
            }
        }
        let worker = try Worker()
        let (client, path) = try joined(worker)
        let udp = NetworkPath(local: worker.address, remote: TransportAddress(v4: 192, 0, 2, 1, port: 9))
        let rest = Rest()
        let sink = TCPSink(rest, worker.connections)
        let batch = SendBatch(joinsDatagrams: true)
        for (number, path) in [udp, path, path, udp, path].enumerated() {
            let place = unsafe batch.reserve()
            unsafe place.update(repeating: UInt8(number), count: 10)
            batch.commit(octets: 10, to: Route(path))
        }
        sink.send(batch)
        batch.reset()
        #expect(rest.paths == [udp, udp])
        #expect(received(3, client, worker) == [1, 2, 4].map { [UInt8](repeating: $0, count: 10) })
    }

    @Test func aConnectionOnWhichNoCheckNamesAPeerIsClosed() throws {
        let worker = try Worker()
        let silent = try worker.dial()
        let talking = try worker.dial()
        worker.turn { worker.connections.figures.open == 2 }
        for _ in 0..<9 {
            send([9], talking, worker)
            worker.turn(after: .seconds(1))
        }
        #expect(worker.connections.figures.open == 2)
        worker.turn(after: .seconds(1))
        #expect(worker.closed == [.unproven: 2])
        worker.turn { !(unsafe silent.receive { _ in }) && !(unsafe talking.receive { _ in }) }
    }

    @Test func aFrameThatIsNotCompletedIsGivenUp() throws {
        let worker = try Worker()
        let (client, _) = try joined(worker)
        // One octet each second keeps no connection open.
        client.sendRaw([0, 100])
        let began = worker.now
        while worker.closed.isEmpty, worker.now - began < .seconds(20) {
            client.sendRaw([7])
            worker.turn(after: .seconds(1))
        }
        #expect(worker.closed == [.frame: 1])
        #expect(worker.now - began >= TCPLimits.frameTime)
    }

    @Test func aFrameThatIsTooLongClosesItsConnectionAlone() throws {
        let worker = try Worker()
        let (client, _) = try joined(worker)
        let (other, otherPath) = try joined(worker)
        client.sendRaw(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        worker.turn { worker.closed == [.frame: 1] }
        #expect(worker.flows == [.closed])
        worker.turn(sending: [([8], otherPath)])
        #expect(received(1, other, worker) == [[8]])
    }

    @Test func aConnectionThatIsSilentIsClosed() throws {
        let worker = try Worker()
        let (client, _) = try joined(worker)
        worker.turn(after: TCPLimits.idleTime - .seconds(1))
        #expect(worker.connections.figures.open == 1)
        worker.turn(after: .seconds(1))
        #expect(worker.closed == [.idle: 1])
        withExtendedLifetime(client) {}
    }

    @Test func unprovenConnectionsOfOneHostAreLimited() throws {
        let worker = try Worker()
        var clients: [TCPClient] = []
        for _ in 0..<(TCPLimits.maximumUnprovenPerHost + 3) {
            clients.append(try worker.dial())
            worker.turn()
        }
        worker.turn { worker.closed[.refused] == 3 }
        #expect(worker.connections.figures.open == TCPLimits.maximumUnprovenPerHost)
        // Those that have named a peer do not count among them.
        worker.provesAll = true
        for client in clients { send([1], client, worker) }
        worker.turn { worker.received.count == TCPLimits.maximumUnprovenPerHost }
        let late = try worker.dial()
        worker.turn { worker.connections.figures.open == TCPLimits.maximumUnprovenPerHost + 1 }
        withExtendedLifetime(late) {}
    }

    private func counted(_ connections: [(String, isProven: Bool)]) -> TCPAdmission {
        var admission = TCPAdmission(of: TransportAddress("192.0.2.1", port: 1) ?? worker0)
        for (host, isProven) in connections {
            if let address = TransportAddress(host, port: 2) { admission.count(address, isProven: isProven) }
        }
        return admission
    }
    private let worker0 = TransportAddress(v4: 0, 0, 0, 0, port: 0)

    @Test func everyLimitOfConnectionsHoldsAtItsNumber() {
        func many(_ count: Int, _ host: String, isProven: Bool) -> [(String, isProven: Bool)] {
            [(String, isProven: Bool)](repeating: (host, isProven), count: count)
        }
        let limits: [(Int, String, Bool)] = [
            (TCPLimits.maximumConnections, "192.0.2.7", true), (TCPLimits.maximumPerHost, "192.0.2.1", true),
            (TCPLimits.maximumUnproven, "192.0.2.7", false), (TCPLimits.maximumUnprovenPerHost, "192.0.2.1", false),
        ]
        for (limit, host, isProven) in limits {
            #expect(counted(many(limit - 1, host, isProven: isProven)).isAllowed)
            #expect(!counted(many(limit, host, isProven: isProven)).isAllowed)
        }
    }

    @Test func ofIPv6TheNetworkCountsAsOneHost() throws {
        let own = try #require(TransportAddress("2001:db8::1", port: 1))
        var admission = TCPAdmission(of: own)
        for number in 0..<TCPLimits.maximumUnprovenPerHost {
            let neighbour = try #require(TransportAddress("2001:db8::a:\(number)", port: 1))
            admission.count(neighbour, isProven: false)
        }
        #expect(!admission.isAllowed)
    }

    @Test func aReaderThatStopsIsToldAndWhatWaitsIsBounded() throws {
        let worker = try Worker()
        let (client, path) = try joined(worker, receiveBuffer: 4_096)
        let picture = [([UInt8], NetworkPath)](repeating: ([UInt8](repeating: 1, count: 1_200), path), count: 20)
        var turns = 0
        while worker.flows.isEmpty, turns < 1_000 {
            worker.turn(after: .milliseconds(1), sending: picture)
            turns += 1
        }
        #expect(worker.flows == [.congested])
        for _ in 0..<100 { worker.turn(after: .milliseconds(1), sending: picture) }
        #expect(worker.connections.figures.dropped > 0)
        worker.turn(after: .milliseconds(250))
        #expect(worker.connections.figures.waiting <= TCPLimits.maximumQueue)
        #expect(worker.connections.figures.waiting > TCPLimits.congestedQueue)
        // Nothing of what waits is of use after so long.
        worker.turn(after: TCPLimits.longestWait)
        #expect(worker.flows == [.congested, .stalled])
        worker.turn(after: .milliseconds(250))
        #expect(worker.connections.figures.waiting < 1_202)
        // It reads again: the connection is clear, and what is sent now arrives.
        worker.turn {
            _ = unsafe client.receive { _ in }
            return worker.flows.last == .clear
        }
        worker.turn(sending: [([42], path)])
        var last: [UInt8] = []
        worker.turn {
            _ = unsafe client.receive { last = unsafe Array($0) }
            return last == [42]
        }
        #expect(worker.flows == [.congested, .stalled, .clear])
    }

    @Test func aReaderThatNeverReadsAgainIsClosed() throws {
        let worker = try Worker()
        let (client, path) = try joined(worker, receiveBuffer: 4_096)
        let picture = [([UInt8], NetworkPath)](repeating: ([UInt8](repeating: 1, count: 1_200), path), count: 20)
        while worker.flows.isEmpty { worker.turn(after: .milliseconds(1), sending: picture) }
        worker.turn(after: TCPLimits.longestWait)
        #expect(worker.flows == [.congested, .stalled])
        for _ in 0..<14 {
            send([1], client, worker)
            worker.turn(after: .seconds(1))
        }
        #expect(worker.connections.figures.open == 1)
        worker.turn(after: .seconds(1))
        #expect(worker.closed == [.stalled: 1])
        #expect(worker.flows.last == .closed)
    }

    @Test func aConnectionThatTookThePlaceOfAnotherGetsNothingOfIt() throws {
        let worker = try Worker()
        var first: TCPClient? = try worker.dial()
        worker.provesAll = true
        send([1], try #require(first), worker)
        worker.turn { worker.received.count == 1 }
        let old = try #require(worker.received.last).path
        first = nil
        worker.turn { worker.closed == [.byPeer: 1] }
        let (second, path) = try joined(worker)
        #expect(path.connection == old.connection && path != old)
        worker.turn(sending: [([1], old), ([2], path)])
        #expect(received(1, second, worker) == [[2]])
    }
}
