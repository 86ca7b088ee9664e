import Primitives

/// The reverse proxies whose word counts for who sent a request, and which host and scheme were asked for.
///
/// Everybody can send `X-Forwarded-For`. So the fields count only in requests whose peer is such a proxy, and a chain of
/// addresses is read from its end, as far as the addresses are those of such proxies.
package struct TrustedProxies: Sendable {
    private let networks: [AddressNetwork]

    /// Proxies in a row that are looked at; what was before them is not believed.
    static let maximumHops = 32
    /// Octets of a forwarded host.
    static let maximumHostOctets = 255

    package init(_ networks: [AddressNetwork]) { self.networks = networks }

    /// Who sent a request.
    ///
    /// - Parameters:
    ///   - peer: the IP address of the connection's other end.
    ///   - authority: the request's `Host`.
    ///   - fields: every field of a name, in order.
    package func source(
        peer: String?, authority: String?, fields: (_ name: String) -> [String]
    ) -> RequestSource {
        let peer = peer.flatMap { Self.address($0[...]) }
        let direct = RequestSource(address: peer?.host, authority: authority)
        guard let peer, isTrusted(peer) else { return direct }
        let forwarded = fields("Forwarded")
        let told = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"].map { Self.entries(fields($0)) }
        switch (forwarded.isEmpty, told.allSatisfy(\.isEmpty)) {
        case (true, true): return direct
        case (false, true): return standard(forwarded, peer, direct)
        case (true, false): return customary(told, peer, direct)
        case (false, false):
            // A proxy sets one kind and passes the other on as the client sent it: only what both say counts.
            let one = standard(forwarded, peer, direct)
            let other = customary(told, peer, direct)
            return RequestSource(
                address: one.address == other.address ? one.address : direct.address,
                scheme: one.scheme == other.scheme ? one.scheme : nil,
                authority: one.authority == other.authority ? one.authority : authority)
        }
    }

    /// What `Forwarded` says (RFC 7239).
    private func standard(_ fields: [String], _ peer: TransportAddress, _ direct: RequestSource) -> RequestSource {
        guard let elements = ForwardedElements(parsing: fields)?.elements else { return direct }
        let client = client(of: elements.map { $0.client ?? "" }, peer)
        let element = client.index.map { elements[$0] } ?? elements.last
        return RequestSource(
            address: client.address.host, scheme: element?.scheme.flatMap(Self.scheme),
            authority: element?.host.flatMap(Self.authority) ?? direct.authority)
    }

    /// What the `X-Forwarded-` fields say: addresses, schemes and hosts.
    private func customary(_ told: [[String]], _ peer: TransportAddress, _ direct: RequestSource) -> RequestSource {
        let client = client(of: told[0], peer)
        // A proxy that adds to the lists adds to all of them; one that replaces them leaves one entry.
        func entry(_ list: [String]) -> String? {
            list.count == told[0].count ? client.index.map { list[$0] } ?? list.last : list.last
        }
        return RequestSource(
            address: client.address.host, scheme: entry(told[1]).flatMap(Self.scheme),
            authority: entry(told[2]).flatMap(Self.authority) ?? direct.authority)
    }

    /// The last address of a chain that is of no trusted proxy; where there is none the farthest that is known.
    private func client(
        of chain: [String], _ peer: TransportAddress
    ) -> (address: TransportAddress, index: Int?) {
        var nearest: (address: TransportAddress, index: Int?) = (peer, nil)
        for index in chain.indices.reversed().prefix(Self.maximumHops) {
            // Hidden or unknown (RFC 7239 section 6): who was before is not known.
            guard let address = Self.address(chain[index][...]) else { return nearest }
            nearest = (address, index)
            if !isTrusted(address) { return nearest }
        }
        return nearest
    }

    private func isTrusted(_ address: TransportAddress) -> Bool { networks.contains { $0.contains(address) } }

    // MARK: Reading

    /// The entries of a list field (RFC 9110 section 5.6.1); empty ones do not count.
    private static func entries(_ fields: [String]) -> [String] {
        fields.flatMap { $0.split(separator: ",") }.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }.map(String.init)
    }

    /// An address with or without a port, an IPv6 address with or without brackets and zone.
    private static func address(_ text: Substring) -> TransportAddress? {
        guard text.utf8.count <= 80 else { return nil }
        var host = text
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || (rest.first == ":" && isPort(rest.dropFirst())) else { return nil }
            host = host[host.index(after: host.startIndex)..<end]
            guard host.contains(":") else { return nil }
        } else if host.count(where: { $0 == ":" }) == 1, let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return nil }
            host = host[..<colon]
        }
        if host.contains(":"), let zone = host.firstIndex(of: "%") { host = host[..<zone] }
        return TransportAddress(host, port: 0)
    }

    private static func isPort(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber } && UInt16(text) != nil
    }

    /// `http` or `https`; some proxies name the scheme of the WebSocket.
    private static func scheme(_ text: String) -> String? {
        switch text.lowercased() {
        case "http", "ws": "http"
        case "https", "wss": "https"
        default: nil
        }
    }

    private static func authority(_ text: String) -> String? {
        text.utf8.count <= maximumHostOctets && WebOrigin(scheme: "http", authority: text) != nil ? text : nil
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
