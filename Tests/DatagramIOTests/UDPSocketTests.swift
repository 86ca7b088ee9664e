import Foundation
import Primitives
import Testing

@testable import DatagramIO

/// Sockets of the kernel's on loopback.
struct UDPSocketTests {
    private static let ports: ClosedRange<UInt16> = 31_000...31_499
    private static let buffer: Int32 = 1_024 * 1_024

    private func open() throws -> (socket: UDPSocket, port: UInt16) {
        let opened = try OpenedSocket(firstFreeOf: Self.ports, kernelBuffer: Self.buffer)
        return (UDPSocket(opened, usesSegmentationOffload: true), opened.port)
    }

    /// As many datagrams as were sent. Loopback takes most to their receiver within the call that sends them, and some on
    /// a busy machine a moment later.
    private func received(_ count: Int, _ socket: UDPSocket) -> [(octets: [UInt8], path: NetworkPath)] {
        var all: [(octets: [UInt8], path: NetworkPath)] = []
        // Only a datagram that is lost takes so long.
        let end = ContinuousClock.now + .seconds(60)
        while all.count < count, ContinuousClock.now < end {
            _ = unsafe socket.receive { datagram, path in all.append((unsafe Array(datagram), path)) }
        }
        return all
    }

    /// Whether the loopback interface has `::1`; the kernel may have IPv6 and the host not.
    private static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?
        .contains(String(repeating: "0", count: 31) + "1 ") ?? false

    private func send(_ sizes: [Int], on path: NetworkPath, from socket: UDPSocket) {
        let batch = SendBatch(joinsDatagrams: true)
        for (index, octets) in sizes.enumerated() {
            let room = unsafe batch.reserve()
            unsafe room.update(repeating: UInt8(index), count: octets)
            batch.commit(octets: octets, to: Route(path))
        }
        socket.send(batch)
        #expect(socket.sendFailures == 0)
    }

    /// A message goes from one socket to another and back, cut by the kernel, and each end learns the right addresses.
    @Test(arguments: ["127.0.0.1", "127.0.0.7", "::1"]) func bothEndsOfAPathAreTold(_ host: String) throws {
        let (a, portA) = try open()
        let (b, portB) = try open()
        let here = try #require(TransportAddress(host, port: portA))
        let there = try #require(TransportAddress(host, port: portB))
        if here.family == .v6, !Self.hasIPv6 { return }
        send([1_000, 1_000, 400], on: NetworkPath(local: here, remote: there), from: a)
        let came = received(3, b)
        #expect(came.map(\.octets.count) == [1_000, 1_000, 400])
        #expect(came.allSatisfy { $0.path == NetworkPath(local: there, remote: here) })
        send([300, 300], on: NetworkPath(local: there, remote: here), from: b)
        let answer = received(2, a)
        #expect(answer.map(\.octets.count) == [300, 300])
        #expect(answer.allSatisfy { $0.path == NetworkPath(local: here, remote: there) })
    }

    @Test func aPortThatIsTakenIsPassedOver() throws {
        let first = try open()
        try withExtendedLifetime(first.socket) {
            let second = try open()
            #expect(second.port != first.port)
            #expect(throws: SocketError.self) { try OpenedSocket(firstFreeOf: CollectionOfOne(first.port)) }
        }
    }
}
