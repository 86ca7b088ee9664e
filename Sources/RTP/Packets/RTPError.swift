/// Why octets are not an RTP packet.
package enum RTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The parts of a header, in their order on the wire.
    package enum Part: String, Sendable {
        case fixedHeader = "fixed header"
        case csrcs = "CSRC list"
        case extensionHeader = "extension header"
        case extensionData = "extension data"
    }

    /// The packet ends within `part`: required and available octets from its start.
    case truncated(Part, needed: Int, available: Int)
    /// The version field is not 2.
    case unsupportedVersion(UInt8)
    /// The padding count is 0, or exceeds the octets after the header (RFC 3550 section 5.1; CVE-2025-49140).
    case invalidPadding(count: Int, available: Int)

    package var description: String {
        switch self {
        case .truncated(let part, let needed, let available):
            "RTP \(part.rawValue) needs \(needed) octets, has \(available)"
        case .unsupportedVersion(let version): "RTP version 2 expected, got \(version)"
        case .invalidPadding(let count, let available):
            "RTP padding of 1 to \(available) octets expected, got \(count)"
        }
    }
}
