import ICE

/// Why a text is no fragment with trickled candidates (RFC 8840 section 9).
package enum TrickleFragmentError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge(octets: Int, limit: Int)
    case tooManyCandidates(limit: Int)
    /// Neither an `a=` nor an `m=` line.
    case unexpectedLine(line: Int, text: String)
    case malformedCandidate(line: Int, ICECandidateError)
    /// A user name fragment without a password, a password without a fragment, or forbidden characters.
    case malformedCredentials
    /// No credentials, no candidate, no end of candidates.
    case empty

    package var description: String {
        switch self {
        case .tooLarge(let octets, let limit):
            "The fragment has \(octets) octets; at most \(limit) are read."
        case .tooManyCandidates(let limit):
            "The fragment has more than \(limit) candidates."
        case .unexpectedLine(let line, let text):
            "Line \(line) of the fragment is \(text.quoted); a=ice-ufrag, a=ice-pwd, an m-line, a=mid and a=candidate "
                + "lines are expected (RFC 8840 section 9), not a whole session description."
        case .malformedCandidate(let line, let error):
            "The candidate in line \(line) of the fragment is malformed: \(error)."
        case .malformedCredentials:
            "a=ice-ufrag (4 to 256) and a=ice-pwd (22 to 256 letters, digits, + / - _ = #) belong together in a fragment."
        case .empty:
            "The fragment holds neither ICE credentials nor candidates nor a=end-of-candidates."
        }
    }
}
