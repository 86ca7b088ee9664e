import Admission
import Cryptography

/// Who reads what is for operators: `/metrics` and the rooms' debug pages.
package struct OperatorGuard: Sendable {
    /// The token that readers must send (RFC 6750); `nil` asks for none.
    package let token: String?

    /// Whether a request with this `Authorization` field may read. The time that the answer takes does not tell how much of
    /// the token was right.
    package func allows(authorization: String?) -> Bool {
        guard let token else { return true }
        let given = authorization.flatMap(BearerToken.init(parsing:))?.text ?? ""
        return constantTimeEqual(Array(given.utf8).span, Array(token.utf8).span)
    }
}
