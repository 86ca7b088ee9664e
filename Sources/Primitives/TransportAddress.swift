import Glibc

/// An IPv4 or IPv6 address with a UDP or TCP port, as plain numbers that are cheap to compare and to hash.
package struct TransportAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Family: UInt8, Sendable {
        case v4
        case v6
    }

    package var family: Family
    /// The upper eight octets of an IPv6 address as a number; 0 for IPv4.
    package var high: UInt64
    /// The lower eight octets of an IPv6 address, or the four of an IPv4 address, as a number.
    package var low: UInt64
    package var port: UInt16
    /// The interface index of a link-local IPv6 address, else 0.
    package var scope: UInt32

    package init(family: Family, high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0) {
        self.family = family
        self.high = high
        self.low = low
        self.port = port
        self.scope = scope
    }

    /// The IPv4 address with these octets.
    package init(v4 a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16) {
        let low = UInt64(a) &<< 24 | UInt64(b) &<< 16 | UInt64(c) &<< 8 | UInt64(d)
        self.init(family: .v4, high: 0, low: low, port: port)
    }

    /// Parses an address without a port or brackets: `192.0.2.1`, `2001:db8::1`. An IPv4-mapped IPv6 address becomes
    /// IPv4.
    package init?(_ text: some StringProtocol, port: UInt16) {
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, String(text), &v4) == 1 {
            self.init(family: .v4, high: 0, low: UInt64(UInt32(bigEndian: v4.s_addr)), port: port)
            return
        }
        var v6 = in6_addr()
        guard unsafe inet_pton(AF_INET6, String(text), &v6) == 1 else { return nil }
        let (high, low) = unsafe withUnsafeBytes(of: &v6) { octets in
            unsafe (
                UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        if high == 0, low &>> 32 == 0xFFFF {
            self.init(family: .v4, high: 0, low: low & 0xFFFF_FFFF, port: port)
        } else {
            self.init(family: .v6, high: high, low: low, port: port)
        }
    }

    /// The address without its port, as text.
    package var host: String {
        switch family {
        case .v4:
            return "\(low &>> 24 & 255).\(low &>> 16 & 255).\(low &>> 8 & 255).\(low & 255)"
        case .v6:
            var address = in6_addr()
            unsafe withUnsafeMutableBytes(of: &address) { octets in
                unsafe octets.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe octets.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard unsafe inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return "::" }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    package var description: String {
        switch family {
        case .v4: "\(host):\(port)"
        case .v6: "[\(host)]:\(port)"
        }
    }

    /// Whether this is a loopback address (127.0.0.0/8 or ::1).
    package var isLoopback: Bool {
        switch family {
        case .v4: low &>> 24 == 127
        case .v6: high == 0 && low == 1
        }
    }

    /// Whether this is an IPv6 link-local address (fe80::/10), which has no meaning without a scope.
    package var isLinkLocal: Bool { family == .v6 && high &>> 54 == 0xFE80 &>> 6 }
}
