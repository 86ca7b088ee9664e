import Primitives

/// A datagram of RTCP packets, one behind the other: compound (RFC 3550 section 6.1) or of reduced size, so that any
/// packet may come first (RFC 5506).
package enum RTCPCompound {
    /// Packets that one datagram may hold. A peer with every slot filled sends a report, a NACK and a PLI for each.
    package static let maximumPackets = 128

    /// Parses every packet of the datagram. Throws when the framing or any packet that is read is wrong, and at
    /// the limits; transport-wide feedbacks share one limit of statuses.
    package static func parse(_ bytes: Span<UInt8>) throws(RTCPError) -> [RTCPPacket] {
        var packets: [RTCPPacket] = []
        var offset = 0
        var statuses = 0
        repeat {
            guard packets.count < maximumPackets else { throw .tooMany(.packets, limit: maximumPackets) }
            let header = try RTCPHeader(parsing: bytes, at: offset)
            let packet = try RTCPPacket(parsing: bytes.extracting(header.bodyRange), header: header)
            if case .transportFeedback(let feedback) = packet {
                // Twenty-four octets can tell of 8,192 packets: a datagram full of them would keep a worker busy.
                statuses &+= feedback.deltas.count
                guard statuses <= TransportFeedback.maximumStatuses else {
                    throw .tooMany(.packetStatuses, limit: TransportFeedback.maximumStatuses)
                }
            }
            packets.append(packet)
            offset = header.end
        } while offset < bytes.count
        return packets
    }

    /// The octets of `packets`, one behind the other.
    package static func octets(of packets: [RTCPPacket]) -> [UInt8] {
        var bytes: [UInt8] = []
        for packet in packets { packet.append(to: &bytes) }
        return bytes
    }
}
