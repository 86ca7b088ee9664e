/// The two ends of a path, the remote address of a datagram and the local address that it was sent to, and the protocol
/// between them.
package struct NetworkPath: Hashable, Sendable, CustomStringConvertible {
    package var local: TransportAddress
    package var remote: TransportAddress
    /// The TCP connection that datagrams are framed on (RFC 4571), by its place among those of its worker, from 1; 0 for
    /// UDP. Another connection between the same ends, after this one has closed, is another path.
    package var connection: UInt16

    package init(local: TransportAddress, remote: TransportAddress, connection: UInt16 = 0) {
        self.local = local
        self.remote = remote
        self.connection = connection
    }

    package var isTCP: Bool { connection != 0 }

    /// Hashes only the fields that usually differ, because every received message looks up its path; `==` compares all
    /// fields.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(remote.low)
        hasher.combine(UInt64(remote.port))
    }

    package var description: String { "\(remote) -> \(local)\(isTCP ? " (TCP)" : "")" }
}
