import Cryptography
import Foundation

/// Signs tokens and invitations.
package struct AccessTokenSigner: Sendable {
    private let key: APIKey

    /// Signs with this key.
    package init(key: APIKey) { self.key = key }

    /// The token with these claims (RFC 7515 section 3.1, HS256).
    package func sign(_ claims: AccessClaims) -> String {
        let object = ClaimsObject(
            iss: key.key, sub: claims.identity, exp: Double(claims.expiresAt), nbf: claims.notBefore.map(Double.init),
            name: claims.name, room: claims.room, role: claims.role, permissions: claims.permissions,
            encrypted: claims.encrypted, inv: claims.invitation.map(InvitationClaim.id),
            dev: claims.isSelfMade ? true : nil)
        return sign(object)
    }

    /// The invitation with these claims.
    package func sign(_ claims: InvitationClaims) -> String {
        sign(
            ClaimsObject(
                iss: key.key, exp: Double(claims.expiresAt), room: claims.room, role: claims.role,
                encrypted: claims.encrypted, inv: .isInvitation(true), jti: claims.id, uses: claims.uses))
    }

    private func sign(_ object: ClaimsObject) -> String {
        sign(header: Self.json(HeaderObject(alg: "HS256", typ: "JWT")), payload: Self.json(object))
    }

    /// A token with any header and payload, also for invalid ones in tests.
    func sign(header: String, payload: String) -> String {
        let signed = [header, payload].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
        return signed + "." + Self.signature(of: signed, secret: Array(key.secret.utf8))
    }

    static func signature(of signed: String, secret: [UInt8]) -> String {
        let octets = Array(signed.utf8)
        return Base64URL.encode(HMACSHA256.authenticate(key: secret.span, octets.span))
    }

    private static func json(_ object: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(object), as: UTF8.self)
        } catch {
            // Strings, integers and booleans always encode.
            preconditionFailure("claims do not encode: \(error)")
        }
    }
}
