import RTP

/// Why no section of an offer can be used.
package enum NegotiationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All media sections list only codecs that the room does not use.
    case noCommonCodec(offered: [String], accepted: [Codec])
    /// All sections are rejected, for these reasons, in order.
    case nothingAccepted([SectionRejection])

    /// A further offer has fewer m-sections than the one before, which RFC 3264 section 8 forbids.
    case sectionsMissing(before: Int, now: Int)
    /// A further offer has another section in the place of one that is in use (RFC 9429 section 5.2.2).
    case sectionReplaced(index: Int, before: String, now: String)

    package var description: String {
        switch self {
        case .noCommonCodec(let offered, let accepted):
            "The offer and the room have no codec in common: offered "
                + (offered.isEmpty ? "none" : offered.joined(separator: ", ")) + "; the room uses "
                + accepted.map(\.rawValue).joined(separator: ", ") + "."
        case .nothingAccepted(let reasons):
            "No section of the offer can be used: "
                + reasons.enumerated().map { "section \($0): \($1)" }.joined(separator: "; ") + "."
        case .sectionsMissing(let before, let now):
            "The offer has \(now) m-sections, but the one before had \(before): sections never vanish (RFC 3264 section 8). "
                + "Keep those that are no longer wanted, with port 0."
        case .sectionReplaced(let index, let before, let now):
            "The m-section \(index) has the mid \"\(now.prefix(40))\", but the offer before had \"\(before.prefix(40))\" there: "
                + "sections keep their place (RFC 9429 section 5.2.2). Append new ones at the end."
        }
    }
}
