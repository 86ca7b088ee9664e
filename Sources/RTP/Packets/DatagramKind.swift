/// The protocol of a datagram on a media port, by its first octets (RFC 7983 section 3; RFC 5761 section 4).
package enum DatagramKind: Sendable, Equatable, BitwiseCopyable {
    /// Why a datagram is dropped without parsing.
    package enum DropReason: String, Sendable, CaseIterable, BitwiseCopyable {
        /// No octet, or a single octet of RTP or RTCP, which the second octet separates.
        case tooShort
        /// 4 to 15: assigned to nothing.
        case unassigned
        /// 16 to 19
        case zrtp
        /// 64 to 79
        case turnChannel
        /// 80 to 127 and 192 to 255 (RFC 9443 section 3)
        case quic
    }

    /// 0 to 3
    case stun
    /// 20 to 63
    case dtls
    /// 128 to 191, and a second octet that is no RTCP packet type.
    case rtp
    /// 128 to 191, and a second octet that is an RTCP packet type.
    case rtcp
    /// A protocol that the server does not support.
    case drop(DropReason)

    /// Second octets that mean RTCP: packet types 192 to 223 (RFC 5761 section 4).
    package static let rtcpPacketTypes: ClosedRange<UInt8> = 192...223

    /// Classifies by the first octet and, if present, the second.
    package init(firstOctet: UInt8, secondOctet: UInt8?) {
        switch firstOctet {
        case 0...3: self = .stun
        case 4...15: self = .drop(.unassigned)
        case 16...19: self = .drop(.zrtp)
        case 20...63: self = .dtls
        case 64...79: self = .drop(.turnChannel)
        case 128...191:
            guard let secondOctet else {
                self = .drop(.tooShort)
                return
            }
            self = Self.rtcpPacketTypes.contains(secondOctet) ? .rtcp : .rtp
        default: self = .drop(.quic)
        }
    }

    /// Classifies a whole datagram.
    package init(datagram: Span<UInt8>) {
        guard datagram.count > 0 else {
            self = .drop(.tooShort)
            return
        }
        self.init(firstOctet: datagram[0], secondOctet: datagram.count > 1 ? datagram[1] : nil)
    }
}
