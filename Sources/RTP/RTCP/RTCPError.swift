/// Why octets are not RTCP.
package enum RTCPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Parts of RTCP packets, as errors name them.
    package enum Part: String, Sendable {
        case header
        case packet
        case packets
        case sender
        case senderInformation = "sender information"
        case reportBlocks = "report blocks"
        case sources
        case reason
        case descriptionItems = "source description items"
        case feedbackHeader = "feedback header"
        case feedbackEntries = "feedback entries"
        case packetStatuses = "packet statuses"
        case packetChunks = "packet status chunks"
        case receiveDeltas = "receive deltas"
        case reportBlock = "extended report block"
        case extendedReportBlocks = "extended report blocks"
    }

    /// `part` needs more octets than are available, both counted from the start of the packet's body (for `header` and
    /// `packet`: from the start of the datagram).
    case truncated(Part, needed: Int, available: Int)
    /// The version field is not 2.
    case unsupportedVersion(UInt8)
    /// The padding count is 0, or exceeds the packet.
    case invalidPadding(count: Int, available: Int)
    /// A packet that is padded and not the last of its datagram (RFC 3550 section 6.4.1).
    case paddingBeforeLast
    /// More of `part` than the limit.
    case tooMany(Part, limit: Int)
    /// `part` contradicts its own length or format.
    case malformed(Part)

    package var description: String {
        switch self {
        case .truncated(let part, let needed, let available):
            "RTCP \(part.rawValue) needs \(needed) octets, has \(available)"
        case .unsupportedVersion(let version): "RTCP version 2 expected, got \(version)"
        case .invalidPadding(let count, let available):
            "RTCP padding of 1 to \(available) octets expected, got \(count)"
        case .paddingBeforeLast: "RTCP padding expected in the last packet of the datagram alone"
        case .tooMany(let part, let limit): "RTCP with more than \(limit) \(part.rawValue)"
        case .malformed(let part): "RTCP \(part.rawValue) contradicts itself"
        }
    }
}

extension Span where Element == UInt8 {
    /// Throws unless there are `count` octets.
    func need(_ count: Int, for part: RTCPError.Part) throws(RTCPError) {
        guard self.count >= count else { throw .truncated(part, needed: count, available: self.count) }
    }
}
