import NIOSSL
import Primitives

/// Where an HTTP or WebSocket server is: an `http:`, `https:`, `ws:` or `wss:` URL taken apart.
package struct Endpoint: Hashable, Sendable {
    package var host: String
    package var port: Int
    /// With the query, beginning with a slash.
    package var path: String
    /// Whether TLS is spoken.
    package var isSecure: Bool
    /// Whether certificates are taken that nobody has signed. Not by default.
    package var acceptsAnyCertificate = false

    /// - Throws: `DoorError.badURL`.
    package init(_ url: String) throws(DoorError) {
        guard let separator = url.firstRange(of: "://") else {
            throw .badURL(url, why: "it must begin with http://")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard ["http", "https", "ws", "wss"].contains(scheme) else {
            throw .badURL(url, why: "only http:, https:, ws: and wss: are spoken, not \(scheme):")
        }
        isSecure = scheme.hasSuffix("s") && scheme != "ws"
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        path = tail.hasPrefix("/") ? String(tail) : "/" + String(tail)
        var host = authority
        var port = isSecure ? 443 : 80
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
    package var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The endpoint that a `Location` header names, relative to this one (RFC 3986 section 5).
    package func resolving(_ location: String) throws(DoorError) -> Endpoint {
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

    /// What speaks TLS on a connection to this server; `nil` where none is spoken.
    ///
    /// - Throws: what NIOSSL throws where it cannot be set up.
    func tlsHandler() throws -> NIOSSLClientHandler? {
        guard isSecure else { return nil }
        let context = try Self.tlsContext(acceptsAnyCertificate: acceptsAnyCertificate)
        // An address is no server name (RFC 6066 section 3).
        return try NIOSSLClientHandler(
            context: context, serverHostname: TransportAddress(host, port: 0) == nil ? host : nil)
    }

    /// A client's TLS.
    package static func tlsContext(acceptsAnyCertificate: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if acceptsAnyCertificate { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }
}
