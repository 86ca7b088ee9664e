/// The payload of a packet of a retransmission stream (RFC 4588 section 4).
package enum RTXPayload: Sendable, Equatable, BitwiseCopyable {
    /// Only padding: a bandwidth probe, which browsers send on the RTX stream.
    case probe
    /// A retransmitted packet; its payload begins at `headerCount`.
    case retransmission(originalSequenceNumber: UInt16)
    /// Shorter than the original sequence number.
    case malformed

    /// Octets before the original payload: the original sequence number.
    package static let headerCount = 2

    /// Reads the payload of a packet with the RTX payload type, without padding.
    package init(payload: Span<UInt8>) {
        if payload.isEmpty {
            self = .probe
        } else if let number = Self.originalSequenceNumber(in: payload) {
            self = .retransmission(originalSequenceNumber: number)
        } else {
            self = .malformed
        }
    }

    /// The sequence number of the retransmitted packet; `nil` if the payload is too short for one.
    package static func originalSequenceNumber(in payload: Span<UInt8>) -> UInt16? {
        payload.count >= headerCount ? payload.load16(0) : nil
    }
}
