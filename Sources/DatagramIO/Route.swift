import CDatagram
import Primitives

/// A network path in the form that the kernel calls take: IPv4 as IPv4-mapped IPv6, octets in network order, and the place
/// of its TCP connection where it has one.
@usableFromInline package struct Route: Sendable {
    @usableFromInline package var remote: fs_endpoint
    @usableFromInline package var local: fs_endpoint

    /// Nowhere.
    package static let none = Route(remote: fs_endpoint(), local: fs_endpoint())

    package init(_ path: NetworkPath) {
        remote = fs_endpoint(path.remote)
        remote.connection = path.connection
        local = fs_endpoint(path.local)
    }

    package func isSame(as other: Route) -> Bool {
        remote.address_low == other.remote.address_low && remote.port == other.remote.port
            && remote.address_high == other.remote.address_high && remote.scope == other.remote.scope
            && remote.connection == other.remote.connection
            && local.address_low == other.local.address_low && local.address_high == other.local.address_high
    }
}

extension fs_endpoint {
    /// 00...00 FFFF in front of the four octets.
    private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000

    init(_ address: TransportAddress) {
        switch address.family {
        case .v4:
            self.init(
                address_high: 0, address_low: (Self.mappedPrefix | address.low).bigEndian, scope: 0,
                port: address.port, connection: 0)
        case .v6:
            self.init(
                address_high: address.high.bigEndian, address_low: address.low.bigEndian, scope: address.scope,
                port: address.port, connection: 0)
        }
    }
}

extension TransportAddress {
    init(_ endpoint: fs_endpoint) {
        let high = UInt64(bigEndian: endpoint.address_high)
        let low = UInt64(bigEndian: endpoint.address_low)
        if high == 0, low &>> 32 == 0xFFFF {
            self.init(family: .v4, high: 0, low: low & 0xFFFF_FFFF, port: endpoint.port, scope: 0)
        } else {
            self.init(family: .v6, high: high, low: low, port: endpoint.port, scope: endpoint.scope)
        }
    }
}
