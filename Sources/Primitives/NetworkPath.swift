/// The two ends of a path: where a datagram came from and which of our addresses it came to.
package struct NetworkPath: Hashable, Sendable, CustomStringConvertible {
    package var local: TransportAddress
    package var remote: TransportAddress

    package init(local: TransportAddress, remote: TransportAddress) {
        self.local = local
        self.remote = remote
    }

    /// Of what nearly always differs; all of it is compared. Asked for with every run of datagrams.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(remote.low)
        hasher.combine(UInt64(remote.port))
    }

    package var description: String { "\(remote) -> \(local)" }
}
