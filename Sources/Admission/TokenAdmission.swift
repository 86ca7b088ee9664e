import AccessTokens

/// Decides by access tokens who may come in: one decision for every front.
package struct TokenAdmission: Sendable {
    /// Whether people without a token are let in, by their own word.
    package let isDevelopment: Bool
    /// `nil` where the server has no API key: then every token is refused.
    package let verifier: AccessTokenVerifier?

    /// - Parameter keys: the API keys whose tokens are accepted.
    package init(isDevelopment: Bool, keys: [APIKey]) {
        self.isDevelopment = isDevelopment
        verifier = keys.isEmpty ? nil : AccessTokenVerifier(keys: keys)
    }

    /// The claims of a token.
    ///
    /// - Parameter now: seconds since 1970.
    package func claims(of token: String, now: Int) throws(AccessTokenError) -> AccessClaims {
        guard let verifier else { throw .unknownKey }
        return try verifier.verify(token, now: now)
    }

    /// What a token's holder comes in as.
    ///
    /// - Parameters:
    ///   - name: shown where the token names nobody.
    ///   - now: seconds since 1970.
    package func grant(token: String, name: String?, now: Int) throws(AdmissionError) -> Grant {
        let claims: AccessClaims
        do throws(AccessTokenError) {
            claims = try self.claims(of: token, now: now)
        } catch {
            throw .token(error)
        }
        return try Grant(claims, name: name)
    }
}
