/// Which web pages may use the server: those of its own origin, and those of the origins that the operator names.
package struct OriginPolicy: Sendable {
    private let allowed: Set<String>

    /// - Parameter allowedOrigins: origins such as `https://example.org`, or `*` for all.
    package init(allowedOrigins: [String]) { allowed = Set(allowedOrigins.map { $0.lowercased() }) }

    /// Whether a request with these fields is accepted. A client without `Origin` is no browser.
    ///
    /// - Parameter host: the request's `Host`; a page of that host is the server's own (the default ports are equal to none).
    package func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if allowed.contains("*") || allowed.contains(origin) { return true }
        guard let host = host?.lowercased() else { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let authority = origin.dropFirst(scheme.count)
            return !authority.isEmpty && Self.without(port, authority) == Self.without(port, host[...])
        }
        return false
    }

    private static func without(_ port: String, _ authority: Substring) -> Substring {
        authority.hasSuffix(port) ? authority.dropLast(port.count) : authority
    }
}
