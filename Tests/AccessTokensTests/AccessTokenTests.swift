import Foundation
import Testing

@testable import AccessTokens

struct AccessTokenTests {
    let key: APIKey
    let verifier: AccessTokenVerifier
    let claims = AccessClaims(
        identity: "ada@example.org", name: "Ada", room: "friday-night", role: "host",
        permissions: .init(publish: ["microphone"], chat: false), encrypted: true, expiresAt: 2000, notBefore: 1000)

    init() throws {
        key = try APIKey(key: "FSkey", secret: "0123456789abcdef0123456789abcdef")
        verifier = AccessTokenVerifier(keys: [key])
    }

    func failure(_ token: String, now: Int = 1500) -> AccessTokenError? {
        do {
            _ = try verifier.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }

    /// A token with any header and payload, rightly signed.
    func token(header: String = #"{"alg":"HS256","typ":"JWT"}"#, payload: String, key: APIKey? = nil) -> String {
        AccessTokenSigner(key: key ?? self.key).sign(header: header, payload: payload)
    }

    func payload(_ fields: String = #""exp":2000,"sub":"a","room":"r""#) -> String { "{\"iss\":\"FSkey\",\(fields)}" }

    @Test func signedTokenIsVerifiedToItsClaims() throws {
        let token = AccessTokenSigner(key: key).sign(claims)
        #expect(try verifier.verify(token, now: 1500) == claims)
    }

    @Test func anInvitationIsNoAccessTokenAndTheOtherWayRound() throws {
        let signer = AccessTokenSigner(key: key)
        let invitation = InvitationClaims(
            id: "i-1", room: "friday-night", role: "viewer", encrypted: true, uses: 7, expiresAt: 2000)
        let token = signer.sign(invitation)
        #expect(try verifier.verifyInvitation(token, now: 1500) == invitation)
        #expect(failure(token) == .invitation)
        #expect(AccessTokenError.invitation.description.contains("POST /v1/tokens"))
        func invitationFailure(_ token: String, now: Int = 1500) -> AccessTokenError? {
            do {
                _ = try verifier.verifyInvitation(token, now: now)
                return nil
            } catch { return error }
        }
        #expect(invitationFailure(signer.sign(claims)) == .notAnInvitation)
        #expect(invitationFailure(token, now: 2010) == .expired(secondsAgo: 10))
        #expect(invitationFailure(String(token.dropLast(2)) + "AA") == .badSignature)
        for (fields, missing) in [
            (#""exp":2000,"room":"r","role":"viewer","inv":true"#, "jti"),
            (#""exp":2000,"jti":"i","role":"viewer","inv":true"#, "room"),
            (#""exp":2000,"jti":"i","room":"r","inv":true"#, "role"),
            (#""jti":"i","room":"r","role":"viewer","inv":true"#, "exp"),
        ] { #expect(invitationFailure(self.token(payload: payload(fields))) == .missingClaim(missing)) }
        // `inv` of another kind makes neither.
        for inv in ["false", "\"i\"", "7", "[]"] {
            let odd = self.token(
                payload: payload("\"exp\":2000,\"jti\":\"i\",\"room\":\"r\",\"role\":\"viewer\",\"inv\":\(inv)"))
            #expect(invitationFailure(odd) != nil, "\(inv)")
        }
    }

    @Test func aTokenSaysOfWhichInvitationItCame() throws {
        var claims = claims
        claims.invitation = "i-1"
        claims.isSelfMade = true
        let token = AccessTokenSigner(key: key).sign(claims)
        #expect(try verifier.verify(token, now: 1500) == claims)
    }

    /// RFC 7515 appendix A.1: header, payload and signature as printed there, with the key printed there.
    @Test func signatureIsThatOfRFC7515() throws {
        let secret = try #require(
            Base64URL.decode(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8))
        let signed =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        #expect(
            AccessTokenSigner.signature(of: signed, secret: secret) == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    }

    @Test func onlyHS256IsTaken() {
        for header in [
            #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"None"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#,
            #"{"alg":"hs256"}"#,
            #"{"typ":"JWT"}"#, "{}",
        ] {
            guard case .wrongAlgorithm = failure(token(header: header, payload: payload())) else {
                Issue.record("\(header) was taken")
                continue
            }
        }
        let unsigned = token(header: #"{"alg":"none"}"#, payload: payload()).split(separator: ".").prefix(2)
        #expect(failure(unsigned.joined(separator: ".") + ".") == .wrongAlgorithm("none"))
    }

    @Test func typeAndCriticalExtensionsAreChecked() {
        #expect(failure(token(header: #"{"alg":"HS256"}"#, payload: payload())) == nil)
        #expect(failure(token(header: #"{"alg":"HS256","typ":"jwt"}"#, payload: payload())) == nil)
        #expect(
            failure(token(header: #"{"alg":"HS256","typ":"dpop+jwt"}"#, payload: payload())) == .wrongType("dpop+jwt"))
        #expect(failure(token(header: #"{"alg":"HS256","crit":["exp"]}"#, payload: payload())) == .criticalExtension)
    }

    @Test func otherKeysAreRefused() throws {
        let sameName = try APIKey(key: "FSkey", secret: "another-secret-of-thirty-two-octets")
        #expect(failure(AccessTokenSigner(key: sameName).sign(claims)) == .badSignature)
        let otherName = try APIKey(key: "FSother", secret: key.secret)
        #expect(failure(AccessTokenSigner(key: otherName).sign(claims)) == .unknownKey)
        #expect(failure(token(payload: #"{"exp":2000,"sub":"a","room":"r"}"#)) == .missingClaim("iss"))
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let token = Array(AccessTokenSigner(key: key).sign(claims).utf8)
        for index in token.indices {
            var tampered = token
            tampered[index] = tampered[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(failure(String(decoding: tampered, as: UTF8.self)) != nil, "octet \(index)")
        }
        for length in token.indices { #expect(failure(String(decoding: token.prefix(length), as: UTF8.self)) != nil) }
    }

    @Test func timesAreHeldWithTheSkewOfTwoClocks() {
        let token = AccessTokenSigner(key: key).sign(claims)
        #expect(failure(token, now: 2009) == nil)
        #expect(failure(token, now: 2010) == .expired(secondsAgo: 10))
        #expect(failure(token, now: 990) == nil)
        #expect(failure(token, now: 989) == .notYetValid(secondsToGo: 11))
        #expect(failure(token, now: .max) == .expired(secondsAgo: .max - 2000))
        #expect(failure(self.token(payload: payload(#""sub":"a","room":"r""#))) == .missingClaim("exp"))
    }

    @Test(arguments: [
        "1e30", "1e308", "1e400", "-1e308", "-1e30", "9223372036854775807", "253402300800", "-62167219201",
    ])
    func datesThatNoClockHoldsAreRefused(_ date: String) {
        for claims in ["\"exp\":\(date)", "\"exp\":2000,\"nbf\":\(date)"] {
            guard case .malformed = failure(token(payload: payload(claims + #","sub":"a","room":"r""#))) else {
                Issue.record("\(claims) was taken")
                return
            }
        }
    }

    @Test func datesWithAFractionAndTheLastOfAllAreTaken() {
        #expect(failure(token(payload: payload(#""exp":2000.7,"nbf":0,"sub":"a","room":"r""#))) == nil)
        #expect(failure(token(payload: payload(#""exp":253402300799,"sub":"a","room":"r""#)), now: .min) == nil)
        #expect(
            failure(token(payload: payload(#""exp":0,"sub":"a","room":"r""#)), now: .max) == .expired(secondsAgo: .max))
    }

    @Test func identityAndRoomAreRequired() {
        #expect(failure(token(payload: payload(#""exp":2000,"room":"r""#))) == .missingClaim("sub"))
        #expect(failure(token(payload: payload(#""exp":2000,"sub":"a","room":"""#))) == .missingClaim("room"))
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b.c", "e30.e30.e30=", "e30.e30", "é.é.é", String(repeating: "A", count: 5000),
    ])
    func whatIsNoTokenIsRefused(text: String) {
        #expect(failure(text) != nil)
    }

    @Test func deeplyNestedClaimsAreRefusedOrIgnored() {
        let nested = String(repeating: "[", count: 2500)
        #expect(failure(token(payload: payload("\"x\":" + nested))) != nil)
    }

    @Test func generatedKeysAreUsableAndDiffer() throws {
        var generator = SystemRandomNumberGenerator()
        let first = APIKey.generate(using: &generator)
        let second = APIKey.generate(using: &generator)
        #expect(first.key != second.key && first.secret != second.secret)
        #expect(try APIKey(key: first.key, secret: first.secret) == first)
        #expect(throws: AccessTokenError.self) { try APIKey(key: "k", secret: "too short") }
    }
}
