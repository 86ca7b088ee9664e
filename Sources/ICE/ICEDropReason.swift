/// Why an agent drops a STUN datagram without an answer; the raw value names the counter.
package enum ICEDropReason: String, Hashable, Sendable, CaseIterable {
    /// Not a STUN message: see `STUNParsingError`.
    case malformed = "stun-malformed"
    case fingerprintMismatch = "stun-fingerprint"
    /// A method other than Binding.
    case notBinding = "stun-method"
    /// An indication (keep-alive), which needs no answer and proves nothing.
    case indication = "stun-indication"
    /// A response without a matching request of this agent on this path.
    case unexpectedResponse = "stun-response"
    /// A request without USERNAME or without MESSAGE-INTEGRITY. RFC 8489 section 9.1.3 requires a 400. The agent drops
    /// the request instead, because it sends nothing to an unauthenticated address.
    case unauthenticated = "stun-unauthenticated"
    /// A request with another agent's user name, or with credentials that a restart has replaced.
    case unknownUsername = "stun-username"
    /// MESSAGE-INTEGRITY is wrong (401 in RFC 8489 section 9.1.3; dropped for the reason above).
    case integrityMismatch = "stun-integrity"
    /// The answer would be larger than its request.
    case answerTooLarge = "stun-amplification"
    /// The agent has ended, by lost consent or by its connect timeout.
    case ended = "stun-ended"
}

extension ICEDropReason {
    init(_ error: STUNParsingError) {
        switch error {
        case .fingerprintMismatch: self = .fingerprintMismatch
        case .tooShort, .tooLong, .notSTUN, .wrongCookie, .wrongLength, .attributeOverrun, .wrongAttributeLength,
            .unknownAddressFamily, .wrongErrorCode, .tooManyAttributes, .fingerprintNotLast:
            self = .malformed
        }
    }
}
