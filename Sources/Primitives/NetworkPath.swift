/// The two ends of a path: the remote address of a datagram and the local address that it was sent to.
package struct NetworkPath: Hashable, Sendable, CustomStringConvertible {
    package var local: TransportAddress
    package var remote: TransportAddress

    package init(local: TransportAddress, remote: TransportAddress) {
        self.local = local
        self.remote = remote
    }

    /// Hashes only the fields that usually differ, because every received message looks up its path; `==` compares all
    /// fields.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(remote.low)
        hasher.combine(UInt64(remote.port))
    }

    package var description: String { "\(remote) -> \(local)" }
}
