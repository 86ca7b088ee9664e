import Primitives

/// A network of IP addresses in CIDR notation (RFC 4632 section 3.1), `10.0.0.0/8`, or one address.
package struct AddressNetwork: Hashable, Sendable {
    private let address: TransportAddress
    private let prefixLength: Int

    /// Why a text is no network: what to write instead.
    package struct Problem: Error, Hashable, Sendable {
        package let remedy: String
    }

    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = TransportAddress(parts[0], port: 0) else {
            let isName = parts[0].contains(where: \.isLetter) && !parts[0].contains(":")
            throw Problem(
                remedy: isName
                    ? "names are not looked up; write the proxy's address"
                    : "expected an IPv4 or IPv6 address before the /")
        }
        let longest = address.family == .v4 ? 32 : 128
        guard parts.count == 2 else {
            self.address = address
            prefixLength = longest
            return
        }
        guard parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let length = Int(parts[1]), length <= longest else {
            throw Problem(remedy: "the number after the / must be 1 to \(longest)")
        }
        guard length > 0 else {
            throw Problem(remedy: "/0 would let every client state its own address; name the proxies' networks")
        }
        let network = Self.masked(address, length)
        guard network == address else {
            throw Problem(remedy: "the network is \(network.host)/\(length)")
        }
        self.address = address
        prefixLength = length
    }

    /// Whether the address is of the network; its port does not matter.
    package func contains(_ other: TransportAddress) -> Bool {
        guard other.family == address.family else { return false }
        let masked = Self.masked(other, prefixLength)
        return masked.high == address.high && masked.low == address.low
    }

    private static func masked(_ address: TransportAddress, _ length: Int) -> TransportAddress {
        var masked = address
        switch address.family {
        case .v4: masked.low &= ~(0xFFFF_FFFF as UInt64 >> UInt64(length))
        case .v6:
            masked.high &= length >= 64 ? .max : ~(UInt64.max >> UInt64(length))
            masked.low &= length <= 64 ? 0 : ~(UInt64.max >> UInt64(length - 64))
        }
        return masked
    }
}
