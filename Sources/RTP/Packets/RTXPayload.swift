/// What the payload of a retransmission stream is (RFC 4588 section 4).
package enum RTXPayload: Sendable, Equatable, BitwiseCopyable {
    /// Nothing but padding: a probe for bandwidth, which browsers send on the RTX stream.
    case probe
    /// A packet sent again; its payload begins at `headerCount`.
    case retransmission(originalSequenceNumber: UInt16)
    /// Shorter than the original sequence number.
    case malformed

    /// Octets before the original payload: the original sequence number.
    package static let headerCount = 2

    /// Reads the payload of a packet on the RTX payload type, padding taken off.
    package init(payload: Span<UInt8>) {
        if payload.isEmpty {
            self = .probe
        } else if let number = Self.originalSequenceNumber(in: payload) {
            self = .retransmission(originalSequenceNumber: number)
        } else {
            self = .malformed
        }
    }

    /// The sequence number of the packet that is sent again; `nil` when the payload is too short for one.
    package static func originalSequenceNumber(in payload: Span<UInt8>) -> UInt16? {
        payload.count >= headerCount ? payload.load16(0) : nil
    }
}
