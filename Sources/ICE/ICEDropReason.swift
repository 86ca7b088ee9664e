/// Why an agent drops a STUN datagram without an answer; the raw value names the counter.
package enum ICEDropReason: String, Hashable, Sendable, CaseIterable {
    /// Not a STUN message: see `STUNParsingError`.
    case malformed = "stun-malformed"
    case fingerprintMismatch = "stun-fingerprint"
    /// A method other than Binding.
    case notBinding = "stun-method"
    /// A keep-alive, which wants no answer and proves nothing.
    case indication = "stun-indication"
    /// A response to a request that this agent did not send, or not there.
    case unexpectedResponse = "stun-response"
    /// A request without USERNAME or without MESSAGE-INTEGRITY. RFC 8489 section 9.1.3 would have a 400 answered; it is
    /// dropped, for nothing goes to an address that has proved nothing.
    case unauthenticated = "stun-unauthenticated"
    /// A request for another agent, or for credentials that a restart has replaced.
    case unknownUsername = "stun-username"
    /// MESSAGE-INTEGRITY is wrong (401 in RFC 8489 section 9.1.3; dropped for the reason above).
    case integrityMismatch = "stun-integrity"
    /// The answer would be larger than its request.
    case answerTooLarge = "stun-amplification"
    /// The agent has ended: consent or the connection's time ran out.
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
