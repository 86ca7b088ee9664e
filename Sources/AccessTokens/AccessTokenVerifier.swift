import Cryptography
import Foundation

/// Checks tokens against the API keys of a server (RFC 7519 section 7.2, RFC 8725).
package struct AccessTokenVerifier: Sendable {
    /// The longest accepted token in octets.
    package static let tokenSize = 4096
    /// The allowed difference between the signer's clock and the server's, in seconds.
    package static let clockSkewSeconds = 10

    private let keys: [String: APIKey]

    /// Accepts tokens that one of these keys signed.
    package init(keys: [APIKey]) {
        self.keys = Dictionary(keys.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The claims of the token.
    /// - Parameter now: seconds since 1970.
    /// - Throws: the first check that failed. Times are checked after the signature.
    package func verify(_ token: String, now: Int) throws(AccessTokenError) -> AccessClaims {
        let claims = try signedClaims(of: token)
        if case .isInvitation(true) = claims.inv { throw .invitation }
        return try Self.checked(claims, now: now)
    }

    /// The claims of the invitation.
    /// - Parameter now: seconds since 1970.
    /// - Throws: the first check that failed.
    package func verifyInvitation(_ token: String, now: Int) throws(AccessTokenError) -> InvitationClaims {
        let claims = try signedClaims(of: token)
        guard case .isInvitation(true) = claims.inv else { throw .notAnInvitation }
        let expiresAt = try Self.checkTimes(claims, now: now).expiresAt
        guard let id = claims.jti, !id.isEmpty else { throw .missingClaim("jti") }
        guard id.utf8.count <= InvitationClaims.maximumIDSize else {
            throw .malformed("jti has \(id.utf8.count) octets, at most \(InvitationClaims.maximumIDSize) are taken")
        }
        guard let room = claims.room, !room.isEmpty else { throw .missingClaim("room") }
        guard let role = claims.role, !role.isEmpty else { throw .missingClaim("role") }
        return InvitationClaims(
            id: id, room: room, role: role, encrypted: claims.encrypted, uses: claims.uses, expiresAt: expiresAt)
    }

    /// The claims, after a successful check of the signature.
    private func signedClaims(of token: String) throws(AccessTokenError) -> ClaimsObject {
        guard token.utf8.count <= Self.tokenSize else {
            throw .malformed("\(token.utf8.count) octets, at most \(Self.tokenSize) are taken")
        }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("\(parts.count) parts, 3 are expected") }
        try Self.check(try Self.object(HeaderObject.self, parts[0], "header"))
        let claims = try Self.object(ClaimsObject.self, parts[1], "payload")
        guard let signature = Base64URL.decode(parts[2]) else { throw .malformed("the signature is not base64url") }

        guard let issuer = claims.iss else { throw .missingClaim("iss") }
        guard let key = keys[issuer] else { throw .unknownKey }
        let signed = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        let secret = Array(key.secret.utf8)
        guard HMACSHA256.verify(signature.span, key: secret.span, signed.span) else { throw .badSignature }
        return claims
    }

    private static func check(_ header: HeaderObject) throws(AccessTokenError) {
        guard header.alg == "HS256" else {
            throw .wrongAlgorithm(header.alg.map { String($0.prefix(20)) } ?? "missing")
        }
        if let type = header.typ, type.uppercased() != "JWT" { throw .wrongType(String(type.prefix(20))) }
        guard header.crit == nil else { throw .criticalExtension }
    }

    private static func checkTimes(
        _ claims: ClaimsObject, now: Int
    ) throws(AccessTokenError) -> (expiresAt: Int, notBefore: Int?) {
        guard let expiry = claims.exp else { throw .missingClaim("exp") }
        let expiresAt = try seconds(expiry, "exp")
        var notBefore: Int?
        if let nbf = claims.nbf { notBefore = try seconds(nbf, "nbf") }
        let skew = clockSkewSeconds
        guard now < expiresAt.addingSaturating(skew) else {
            throw .expired(secondsAgo: now.subtractingSaturating(expiresAt))
        }
        if let notBefore, notBefore > now.addingSaturating(skew) {
            throw .notYetValid(secondsToGo: notBefore.subtractingSaturating(now))
        }
        return (expiresAt, notBefore)
    }

    private static func checked(_ claims: ClaimsObject, now: Int) throws(AccessTokenError) -> AccessClaims {
        let (expiresAt, notBefore) = try checkTimes(claims, now: now)
        guard let identity = claims.sub, !identity.isEmpty else { throw .missingClaim("sub") }
        guard let room = claims.room, !room.isEmpty else { throw .missingClaim("room") }
        let invitation: String? = if case .id(let id) = claims.inv { id } else { nil }
        return AccessClaims(
            identity: identity, name: claims.name, room: room, role: claims.role, permissions: claims.permissions,
            encrypted: claims.encrypted, invitation: invitation, isSelfMade: claims.dev ?? false, expiresAt: expiresAt,
            notBefore: notBefore)
    }

    /// The dates that RFC 3339 can express, the years 0 to 9999.
    private static let dates: ClosedRange<Double> = -62_167_219_200...253_402_300_799

    /// A NumericDate (RFC 7519 section 2), which may have a fraction; a date outside of `dates` is a mistake of the
    /// signer and is refused, because clamping would not give the intended date.
    private static func seconds(_ date: Double, _ claim: String) throws(AccessTokenError) -> Int {
        guard dates.contains(date), let seconds = Int(exactly: date.rounded(.down)) else {
            throw .malformed("\(claim) is no date of the years 0 to 9999, in seconds since 1970")
        }
        return seconds
    }

    private static func object<Object: Decodable>(
        _ type: Object.Type, _ part: Substring.UTF8View, _ name: String
    ) throws(AccessTokenError) -> Object {
        guard let json = Base64URL.decode(part) else { throw .malformed("the \(name) is not base64url") }
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw .malformed("the \(name) is not a JSON object of the expected kind")
        }
    }
}

extension Int {
    fileprivate func addingSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtractingSaturating(_ other: Int) -> Int {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
