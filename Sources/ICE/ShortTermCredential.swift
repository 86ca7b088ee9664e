/// An agent's own credentials, prepared for the verification of requests (RFC 8489 section 9.1).
struct ShortTermCredential: Sendable {
    private let usernameFragment: [UInt8]
    /// The key of MESSAGE-INTEGRITY, in requests to this agent and in its answers.
    let key: [UInt8]

    init(_ credentials: ICECredentials) {
        usernameFragment = Array(credentials.usernameFragment.utf8)
        key = Array(credentials.password.utf8)
    }

    /// Whether USERNAME begins with this agent's fragment and a colon. RFC 8445 section 7.3 requires no more: the rest
    /// is the peer's own fragment, and the password authenticates the peer.
    func isNamed(by request: STUNMessage, in datagram: Span<UInt8>) -> Bool {
        guard let username = request.username, username.count > usernameFragment.count else { return false }
        let start = username.lowerBound
        for index in usernameFragment.indices where datagram[start + index] != usernameFragment[index] { return false }
        return datagram[start + usernameFragment.count] == UInt8(ascii: ":")
    }
}
