import Primitives

/// The host names under which the server answers.
///
/// A page of any site can have its name point to an address of the reader's own machine or network (DNS rebinding): its
/// requests then come with that name as `Host` and an `Origin` that agrees with it. Access tokens keep such pages out;
/// without them, in development mode, the name must be one that strangers cannot register.
package enum OwnNames: Hashable, Sendable {
    case every
    /// Addresses, `localhost`, names of one label, names of private use, and the host that the server listens on.
    case local(listening: String)

    /// Domains that are not delegated on the Internet (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
    static let privateDomains = ["localhost", "local", "internal", "home.arpa", "test"]

    /// Whether the server answers under this host, given in small letters.
    func contains(_ host: String) -> Bool {
        guard case .local(let listening) = self else { return true }
        var name = host[...]
        if name.last == "." { name.removeLast() }
        return name.first == "[" || TransportAddress(name, port: 0) != nil || !name.contains(".")
            || name == listening.lowercased() || Self.privateDomains.contains { name.hasSuffix(".\($0)") }
    }
}
