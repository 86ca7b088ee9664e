/// The user name fragment and password of one ICE agent (RFC 8839 section 5.4).
package struct ICECredentials: Hashable, Sendable {
    package var usernameFragment: String
    package var password: String

    /// Lengths that a user name fragment may have, in characters.
    package static let usernameFragmentLengths = 4...256
    /// Lengths that a password may have, in characters.
    package static let passwordLengths = 22...256

    package init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }

    /// Credentials of a peer, after a check of length and characters (RFC 8839 section 5.4).
    package init(
        validatingUsernameFragment usernameFragment: some StringProtocol, password: some StringProtocol
    ) throws(ICECredentialsError) {
        if let fault = Self.fault(in: usernameFragment, lengths: Self.usernameFragmentLengths) {
            throw .usernameFragment(fault)
        }
        if let fault = Self.fault(in: password, lengths: Self.passwordLengths) { throw .password(fault) }
        self.init(usernameFragment: String(usernameFragment), password: String(password))
    }

    /// Fresh credentials: a user name fragment of 8 characters (48 random bits; 24 are required; more make collisions
    /// among the peers of a server unlikely) and a password of 24 characters (144 bits; 128 are required).
    ///
    /// The generator must be fit for secrets: the runtime passes `SystemRandomNumberGenerator`, tests a seeded one.
    package static func random(using generator: inout some RandomNumberGenerator) -> ICECredentials {
        ICECredentials(
            usernameFragment: ICECharacters.random(8, using: &generator),
            password: ICECharacters.random(24, using: &generator))
    }

    private static func fault(in text: some StringProtocol, lengths: ClosedRange<Int>) -> ICECredentialsError.Fault? {
        let length = text.utf8.count
        guard lengths.contains(length) else { return .length(length, expected: lengths) }
        guard let odd = text.utf8.first(where: { !ICECharacters.contains($0) }) else { return nil }
        return .character(odd)
    }
}

// Neither description shows the password, so that it never gets into a log.
extension ICECredentials: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "ICE credentials of \(usernameFragment)" }
    package var debugDescription: String { description }
}
