import Primitives

/// The outcome of one sent packet, as transport-wide feedback reports it.
package struct PacketResult: Equatable, Sendable {
    /// The transport-wide number, extended.
    package var sequence: Int64
    /// When the packet's batch was handed to the kernel.
    package var sentAt: MonotonicInstant
    /// When it arrived, on the peer's clock; `nil` if the peer reports it as not received.
    package var arrival: MonotonicInstant?
    /// Octets on the path: the datagram with its IP and UDP headers.
    package var octets: Int
    package var kind: PacketKind
    /// The probe cluster that it belongs to; 0 for none.
    package var cluster: UInt8

    package init(
        sequence: Int64, sentAt: MonotonicInstant, arrival: MonotonicInstant?, octets: Int, kind: PacketKind,
        cluster: UInt8 = 0
    ) {
        self.sequence = sequence
        self.sentAt = sentAt
        self.arrival = arrival
        self.octets = octets
        self.kind = kind
        self.cluster = cluster
    }
}
