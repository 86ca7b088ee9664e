import ICE

/// A fragment that a client sends after its offer: candidates, or the credentials of an ICE restart
/// (`application/trickle-ice-sdpfrag`, RFC 8840 section 9).
package struct TrickleFragment: Hashable, Sendable {
    /// The longest fragment in octets; a browser's candidates of one gathering have a few thousand.
    package static let maximumOctets = 65_536
    /// The largest number of candidates in a fragment.
    package static let maximumCandidates = 256

    /// The credentials of the session, else of the first section with credentials; `nil` if there are none.
    package private(set) var credentials: ICECredentials?
    /// The readable candidates, in order. Malformed ones, and those of an unknown transport, are skipped one by one
    /// (RFC 9725 section 4.3.2).
    package private(set) var candidates: [ICECandidate] = []
    /// The reasons for skipped lines, in order.
    package private(set) var ignored: [TrickleFragmentError] = []
    /// Whether no candidate will follow.
    package private(set) var isComplete = false

    /// Reads a fragment; lines may end with CRLF or LF, and unknown attributes are skipped. Unreadable lines are
    /// skipped too, as long as a readable one remains.
    package init(parsing text: String) throws(TrickleFragmentError) {
        let octets = text.utf8.count
        guard octets <= Self.maximumOctets else { throw .tooLarge(octets: octets, limit: Self.maximumOctets) }
        var usernameFragment: String?
        var password: String?
        var count = 0
        var isUseful = false
        var number = 0
        for whole in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = Substring(whole.last == UInt8(ascii: "\r") ? whole.dropLast() : whole)
            if line.isEmpty { continue }
            if line.hasPrefix("m=") { continue }
            guard line.hasPrefix("a="), line.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
                let odd = TrickleFragmentError.unexpectedLine(line: number, text: String(line.prefix(64)))
                // A whole description would need an answer.
                if line.hasPrefix("v=") { throw odd }
                pass(over: odd)
                continue
            }
            let (name, value) = line.dropFirst(2).divided(at: Separator.colon)
            switch name {
            case "ice-ufrag": usernameFragment = usernameFragment ?? String(value ?? "")
            case "ice-pwd": password = password ?? String(value ?? "")
            case "end-of-candidates": isComplete = true
            case "candidate":
                count += 1
                guard count <= Self.maximumCandidates else { throw .tooManyCandidates(limit: Self.maximumCandidates) }
                if addCandidate(value ?? "", line: number) { isUseful = true }
            default: break
            }
        }
        credentials = try Self.credentials(usernameFragment, password)
        guard credentials != nil || isUseful || isComplete else { throw ignored.first ?? .empty }
    }

    /// Whether the candidate is well formed; one of an unknown transport or type is not kept.
    private mutating func addCandidate(_ candidate: Substring, line: Int) -> Bool {
        do {
            candidates.append(try ICECandidate(parsing: candidate))
        } catch {
            if case .unsupported = error { return true }
            pass(over: .malformedCandidate(line: line, error))
            return false
        }
        return true
    }

    private mutating func pass(over odd: TrickleFragmentError) {
        if ignored.count < Self.maximumCandidates { ignored.append(odd) }
    }

    private static func credentials(
        _ usernameFragment: String?, _ password: String?
    ) throws(TrickleFragmentError) -> ICECredentials? {
        if usernameFragment == nil, password == nil { return nil }
        guard let usernameFragment, let password,
            usernameFragment.isICEText(octets: TransportDescription.usernameFragmentOctets),
            password.isICEText(octets: TransportDescription.passwordOctets)
        else { throw .malformedCredentials }
        return ICECredentials(usernameFragment: usernameFragment, password: password)
    }
}
