import RTP

/// Why no section of an offer can be used.
package enum NegotiationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All media sections list only codecs that the room does not use.
    case noCommonCodec(offered: [String], accepted: [Codec])
    /// All sections are rejected, for these reasons, in order.
    case nothingAccepted([SectionRejection])

    package var description: String {
        switch self {
        case .noCommonCodec(let offered, let accepted):
            "The offer and the room have no codec in common: offered "
                + (offered.isEmpty ? "none" : offered.joined(separator: ", ")) + "; the room uses "
                + accepted.map(\.rawValue).joined(separator: ", ") + "."
        case .nothingAccepted(let reasons):
            "No section of the offer can be used: "
                + reasons.enumerated().map { "section \($0): \($1)" }.joined(separator: "; ") + "."
        }
    }
}
