/// The two ends of a path: where a datagram came from and which of our addresses it came to.
package struct NetworkPath: Hashable, Sendable, CustomStringConvertible {
    package var local: TransportAddress
    package var remote: TransportAddress

    package init(local: TransportAddress, remote: TransportAddress) {
        self.local = local
        self.remote = remote
    }

    package var description: String { "\(remote) -> \(local)" }
}
