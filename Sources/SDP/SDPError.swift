/// Why a text is no readable session description (RFC 8866).
package enum SDPError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge(octets: Int, limit: Int)
    case tooManyLines(limit: Int)
    case lineTooLong(line: Int, octets: Int, limit: Int)
    case tooManySections(limit: Int)
    /// `section` is the index of the media section, from 0; `nil` is the session level.
    case tooManyAttributes(section: Int?, limit: Int)
    case tooManyFormats(section: Int, limit: Int)
    /// The first line is not `v=0`.
    case notSDP(firstLine: String)
    case malformedLine(line: Int, text: String)

    package var description: String {
        switch self {
        case .tooLarge(let octets, let limit):
            "The session description has \(octets) octets; at most \(limit) are read. "
                + "Offer fewer sections, codecs or header extensions."
        case .tooManyLines(let limit):
            "The session description has more than \(limit) lines. Offer fewer sections, codecs or header extensions."
        case .lineTooLong(let line, let octets, let limit):
            "Line \(line) of the session description has \(octets) octets; at most \(limit) are read."
        case .tooManySections(let limit):
            "The session description has more than \(limit) m-sections. Offer fewer transceivers."
        case .tooManyAttributes(let section, let limit):
            "The session description has more than \(limit) attributes "
                + (section.map { "in m-section \($0)." } ?? "before the first m-section.")
        case .tooManyFormats(let section, let limit):
            "The m-line of m-section \(section) lists more than \(limit) formats."
        case .notSDP(let firstLine):
            "This is no session description: expected \"v=0\" as the first line, came \(firstLine.quoted). "
                + "Send the sdp text of the description alone."
        case .malformedLine(let line, let text):
            "Line \(line) of the session description is malformed: \(text.quoted)."
        }
    }
}
