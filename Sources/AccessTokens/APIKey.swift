/// The key with which an application signs its users' tokens: a public name and a secret.
package struct APIKey: Hashable, Sendable {
    /// The public name, the `iss` of each token.
    package var key: String
    /// The secret, known only to the application and the server.
    package var secret: String

    /// The shortest secret in octets: the length of the hash (RFC 7518 section 3.2).
    package static let minimumSecretSize = 32

    /// An existing key.
    /// - Throws: `AccessTokenError.badKey` for an empty name or a secret too short to be safe.
    package init(key: String, secret: String) throws(AccessTokenError) {
        guard !key.isEmpty else { throw .badKey("the API key is empty") }
        guard secret.utf8.count >= Self.minimumSecretSize else {
            throw .badKey(
                "the secret of API key \(key) has \(secret.utf8.count) octets, at least \(Self.minimumSecretSize) are needed"
            )
        }
        self.key = key
        self.secret = secret
    }

    private init(unchecked key: String, _ secret: String) {
        self.key = key
        self.secret = secret
    }

    /// A new key: `FS` and 72 random bits, with a secret of 256 random bits, both in base64url.
    package static func generate(using generator: inout some RandomNumberGenerator) -> APIKey {
        func random(_ octets: Int) -> String {
            Base64URL.encode((0..<octets).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        return APIKey(unchecked: "FS" + random(9), random(32))
    }
}
