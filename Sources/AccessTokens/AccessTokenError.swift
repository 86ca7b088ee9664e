/// Why a token or a key is refused.
package enum AccessTokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not three parts of base64url with JSON objects in the first two.
    case malformed(String)
    /// Signed with another algorithm than HS256, or not at all (RFC 8725 section 3.1).
    case wrongAlgorithm(String)
    /// The header's `typ` is not `JWT`.
    case wrongType(String)
    /// The header has `crit`, which requires an unknown extension (RFC 7515 section 4.1.11).
    case criticalExtension
    /// `iss` names no key of this server.
    case unknownKey
    /// Signed with another secret, or modified.
    case badSignature
    /// A required claim is missing or empty.
    case missingClaim(String)
    /// The token has expired (`exp`).
    case expired(secondsAgo: Int)
    /// The token is not valid yet (`nbf`).
    case notYetValid(secondsToGo: Int)
    /// An invitation instead of an access token.
    case invitation
    /// Another token instead of an invitation.
    case notAnInvitation
    /// The key cannot be used.
    case badKey(String)

    package var description: String {
        switch self {
        case .malformed(let what): "the token is malformed: \(what)"
        case .wrongAlgorithm(let name): "the token's alg is \(name), only HS256 is taken"
        case .wrongType(let name): "the token's typ is \(name), only JWT is taken"
        case .criticalExtension: "the token's header has crit, which is not supported"
        case .unknownKey: "the token's iss names no API key of this server"
        case .badSignature: "the token's signature is not that of its API key"
        case .missingClaim(let name): "the token has no \(name)"
        case .expired(let seconds): "the token expired \(seconds) s ago"
        case .notYetValid(let seconds): "the token is not valid for another \(seconds) s"
        case .invitation:
            "this is an invitation, not an access token: open its link, or exchange it for a token with POST /v1/tokens"
        case .notAnInvitation: "this is an access token or something else, not an invitation"
        case .badKey(let what): what
        }
    }
}
