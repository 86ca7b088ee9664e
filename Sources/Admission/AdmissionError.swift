import AccessTokens
import Rooms

/// Why a token lets its holder into no room.
package enum AdmissionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The token itself is not accepted.
    case token(AccessTokenError)
    /// The role that the token names does not exist.
    case unknownRole
    /// The token's name or identity is none that can be shown.
    case badName(String)

    package var description: String {
        switch self {
        case .token(let error): error.description
        case .unknownRole:
            "the token's role must be one of " + Role.allCases.map(\.rawValue).joined(separator: ", ")
        case .badName(let problem): "the token's \(problem)"
        }
    }
}
