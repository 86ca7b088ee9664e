import ICE
import Primitives

/// Writes the `a=candidate` lines of host candidates, and reads those of UDP (RFC 8839 section 5.1).
enum HostCandidate {
    /// One attribute per address; link-local addresses, which have no meaning on other hosts, are left out.
    ///
    /// Local preferences fall from 65,535 in the order given, IPv6 before IPv4 (RFC 8421 section 4), loopback last.
    /// - Parameter acceptsTCP: whether each address follows once more as a passive TCP candidate, in the same order.
    static func attributes(for addresses: [TransportAddress], acceptsTCP: Bool = false) -> [SDPAttribute] {
        let ordered = ordered(addresses)
        let udp = ordered.enumerated().map { index, address in
            ICECandidate.host(address: address, localPreference: UInt16(65_535 - min(index, 65_535)))
        }
        let tcp = ordered.enumerated().map { index, address in
            ICECandidate.passiveTCP(address: address, preference: UInt16(8_191 - min(index, 8_191)))
        }
        return (acceptsTCP ? udp + tcp : udp).map { SDPAttribute("candidate", $0.sdpValue) }
    }

    /// The address for the m- and c-line: an IPv4 address that others can reach, if there is one.
    static func defaultAddress(of addresses: [TransportAddress]) -> TransportAddress? {
        let usable = ordered(addresses)
        return usable.first { $0.family == .v4 && !$0.isLoopback } ?? usable.first { !$0.isLoopback } ?? usable.first
    }

    /// The address of a usable candidate: UDP, component 1, a host address that is no name.
    static func address(_ value: String) -> TransportAddress? {
        guard let candidate = try? ICECandidate(parsing: value), candidate.component == 1, candidate.transport == .udp,
            candidate.type == .host, candidate.port != 0
        else { return nil }
        return candidate.transportAddress
    }

    private static func ordered(_ addresses: [TransportAddress]) -> [TransportAddress] {
        let usable = addresses.filter { !$0.isLinkLocal }
        let outside = usable.filter { !$0.isLoopback }
        let inside = usable.filter(\.isLoopback)
        return alternating(outside) + alternating(inside)
    }

    /// IPv6 and IPv4 alternately, each in its order, so that a broken family costs a client one candidate only.
    private static func alternating(_ addresses: [TransportAddress]) -> [TransportAddress] {
        let v6 = addresses.filter { $0.family == .v6 }
        let v4 = addresses.filter { $0.family == .v4 }
        return (0..<max(v6.count, v4.count)).flatMap { Array(v6.dropFirst($0).prefix(1)) + v4.dropFirst($0).prefix(1) }
    }
}
