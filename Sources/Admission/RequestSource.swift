/// Who sent a request, and by which address: the peer of the connection, or what trusted proxies say of a client behind.
package struct RequestSource: Hashable, Sendable {
    /// The client's IP address without a port; `nil` where it is not known.
    package var address: String?
    /// `http` or `https`, where a trusted proxy says so.
    package var scheme: String?
    /// The host and port that the client asked for, as `Host` has them.
    package var authority: String?

    package init(address: String? = nil, scheme: String? = nil, authority: String? = nil) {
        self.address = address
        self.scheme = scheme
        self.authority = authority
    }
}
