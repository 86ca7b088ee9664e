import Primitives
import Testing

@testable import SDP

struct HostCandidateTests {
    private let loopback = TransportAddress(v4: 127, 0, 0, 1, port: 5_000)
    private let first = TransportAddress(v4: 192, 0, 2, 1, port: 5_000)
    private let second = TransportAddress(v4: 192, 0, 2, 2, port: 5_000)

    @Test func prioritiesFallFromIPv6OverIPv4ToLoopback() throws {
        let v6 = try #require(TransportAddress("2001:db8::1", port: 5_000))
        let values = HostCandidate.attributes(for: [loopback, first, second, v6]).compactMap(\.value)
        // The foundation stands for type, protocol and address; the rest is what the order gives.
        let rest = values.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        #expect(
            rest == [
                "1 udp 2130706431 2001:db8::1 5000 typ host", "1 udp 2130706175 192.0.2.1 5000 typ host",
                "1 udp 2130705919 192.0.2.2 5000 typ host", "1 udp 2130705663 127.0.0.1 5000 typ host",
            ])
        #expect(Set(values.map { $0.prefix { $0 != " " } }).count == 4)
        #expect(values.compactMap { HostCandidate.address($0) } == [v6, first, second, loopback])
    }

    @Test func everyAddressFollowsOnceMoreOverTCP() throws {
        let values = HostCandidate.attributes(for: [first, loopback], acceptsTCP: true).compactMap(\.value)
        let rest = values.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        // RFC 6544 section 4.2: 90 << 24, then 4 << 13 and what the order gives, then 255.
        #expect(
            rest == [
                "1 udp 2130706431 192.0.2.1 5000 typ host", "1 udp 2130706175 127.0.0.1 5000 typ host",
                "1 tcp 1520435199 192.0.2.1 5000 typ host tcptype passive",
                "1 tcp 1520434943 127.0.0.1 5000 typ host tcptype passive",
            ])
        #expect(Set(values.map { $0.prefix { $0 != " " } }).count == 4, "another protocol is another foundation")
        #expect(
            values.compactMap { HostCandidate.address($0) } == [first, loopback], "a client over UDP reads its own")
    }

    @Test func linkLocalAddressesAreNotAnnounced() throws {
        let local = try #require(TransportAddress("fe80::1", port: 1))
        #expect(HostCandidate.attributes(for: [local]).isEmpty)
        #expect(HostCandidate.defaultAddress(of: [local]) == nil)
    }

    @Test func theDefaultIsAnIPv4AddressThatOthersReach() throws {
        let v6 = try #require(TransportAddress("2001:db8::1", port: 5_000))
        #expect(HostCandidate.defaultAddress(of: [loopback, v6, first]) == first)
        #expect(HostCandidate.defaultAddress(of: [loopback, v6]) == v6)
        #expect(HostCandidate.defaultAddress(of: [loopback]) == loopback)
    }

    @Test(arguments: [
        "", "1 1 udp 1 192.0.2.1 5000 typ", "1 2 udp 1 192.0.2.1 5000 typ host", "1 1 tcp 1 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host", "1 1 udp 1 192.0.2.1 70000 typ host", "1 1 udp 1 x.local 5000 typ host",
        "1 1 udp 1 192.0.2.1 5000 typ srflx raddr 10.0.0.1 rport 1",
    ])
    func otherCandidatesAreNotRead(_ value: String) {
        #expect(HostCandidate.address(value) == nil)
    }
}
