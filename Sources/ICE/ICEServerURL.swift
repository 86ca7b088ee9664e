import Primitives

/// The URL of a STUN or TURN server (RFC 7064 section 3.1, RFC 7065 section 3.1): `turn:turn.example.org:3478?transport=udp`.
package struct ICEServerURL: Hashable, Sendable {
    /// What the server is, and whether TLS carries it.
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case stun
        case stuns
        case turn
        case turns
    }

    /// What the client sends to the server over.
    package enum Transport: String, Hashable, Sendable {
        case udp
        case tcp
    }

    package var scheme: Scheme
    /// A name or an address; an IPv6 address without its brackets.
    package var host: String
    package var port: UInt16
    package var transport: Transport

    /// Whether clients need credentials for it.
    package var isRelay: Bool { scheme == .turn || scheme == .turns }
    /// Whether TLS (or with UDP: DTLS) carries it.
    package var isSecure: Bool { scheme == .stuns || scheme == .turns }

    /// `nil` unless the text is of one of the forms above. The port is 3478, or 5349 with TLS, where none is given; the
    /// transport is UDP, or TCP with TLS.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let colon = text.firstIndex(of: ":"),
            let scheme = Scheme(rawValue: String(text[..<colon]))
        else { return nil }
        self.scheme = scheme
        let parts = text[text.index(after: colon)...].split(separator: "?", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: transport = scheme == .turns || scheme == .stuns ? .tcp : .udp
        case 2:
            guard scheme == .turn || scheme == .turns, parts[1].hasPrefix("transport="),
                let transport = Transport(rawValue: String(parts[1].dropFirst("transport=".count)))
            else { return nil }
            self.transport = transport
        default: return nil
        }
        guard let (host, port) = Self.hostAndPort(parts[0]) else { return nil }
        self.host = host
        self.port = port ?? (scheme == .turns || scheme == .stuns ? 5349 : 3478)
    }

    private static func hostAndPort(_ text: Substring) -> (String, UInt16?)? {
        let host: Substring, rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard TransportAddress(host, port: 0) != nil, host.contains(":") else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isOfName) else { return nil }
        }
        guard let colon = rest.first else { return (String(host), nil) }
        guard colon == ":", rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(rest.dropFirst()), port > 0
        else { return nil }
        return (String(host), port)
    }

    /// `unreserved` of RFC 3986, which a host's name and an IPv4 address are made of.
    private static func isOfName(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
