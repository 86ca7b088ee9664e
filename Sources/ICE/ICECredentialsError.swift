/// Why a peer's user name fragment or password is refused (RFC 8839 section 5.4).
package enum ICECredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The fault of a user name fragment or password.
    package enum Fault: Hashable, Sendable, CustomStringConvertible {
        /// A wrong number of octets.
        case length(Int, expected: ClosedRange<Int>)
        /// An octet that is no `ice-char`.
        case character(UInt8)

        package var description: String {
            switch self {
            case .length(let length, let expected):
                "has \(length) characters, expected \(expected.lowerBound) to \(expected.upperBound)"
            case .character(let octet): "contains octet \(octet), expected letters, digits, '+' and '/'"
            }
        }
    }

    case usernameFragment(Fault)
    case password(Fault)

    package var description: String {
        switch self {
        case .usernameFragment(let fault): "ice-ufrag \(fault)"
        case .password(let fault): "ice-pwd \(fault)"
        }
    }
}
