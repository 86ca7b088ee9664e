import Primitives

/// `HOST:PORT`, with brackets around an IPv6 address: where to listen.
struct HostAndPort: Hashable, Sendable {
    var host: String
    var port: Int

    /// `nil` for any other form, and for an IPv6 address without brackets, whose last part would be taken for the port.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard TransportAddress(host, port: 0) != nil else { return nil }
        } else {
            guard !host.contains(":") else { return nil }
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }
}
