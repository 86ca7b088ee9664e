/// Where an HTTP or WebSocket server is: an `http:` or `ws:` URL taken apart.
package struct Endpoint: Hashable, Sendable {
    package var host: String
    package var port: Int
    /// With the query, beginning with a slash.
    package var path: String

    /// - Throws: `DoorError.badURL`; TLS is not spoken here.
    package init(_ url: String) throws(DoorError) {
        guard let separator = url.firstRange(of: "://") else {
            throw .badURL(url, why: "it must begin with http://")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "ws" else {
            throw .badURL(url, why: "only http: and ws: are spoken, not \(scheme): (measure behind the TLS proxy)")
        }
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        path = tail.hasPrefix("/") ? String(tail) : "/" + String(tail)
        var host = authority
        var port = 80
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw .badURL(url, why: "there is no such port")
            }
            host = authority[..<colon]
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw .badURL(url, why: "the host is missing") }
        self.host = String(host)
        self.port = port
    }

    /// The `Host` header.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The endpoint that a `Location` header names, relative to this one (RFC 3986 section 5).
    func resolving(_ location: String) throws(DoorError) -> Endpoint {
        if location.contains("://") { return try Endpoint(location) }
        var resolved = self
        if location.hasPrefix("/") {
            resolved.path = location
        } else {
            let folder = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            resolved.path = folder.joined(separator: "/") + "/" + location
        }
        return resolved
    }
}
