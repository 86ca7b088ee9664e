import AccessTokens
import Admission
import Rooms
import Testing

@Suite struct TokenAdmissionTests {
    private static let now = 1_800_000_000
    private let key: APIKey
    private let admission: TokenAdmission

    init() throws {
        key = try APIKey(key: "FStest", secret: "0123456789abcdef0123456789abcdef")
        admission = TokenAdmission(isDevelopment: false, keys: [key])
    }

    private func token(role: String?, _ permissions: AccessClaims.Permissions? = nil, name: String? = nil) -> String {
        AccessTokenSigner(key: key).sign(
            AccessClaims(
                identity: "ada", name: name, room: "friday", role: role, permissions: permissions, encrypted: true,
                invitation: "inv", expiresAt: Self.now + 60))
    }

    @Test func aTokenSaysWhoComesInAndAsWhat() throws {
        let grant = try admission.grant(token: token(role: nil), name: nil, now: Self.now)
        #expect(
            grant
                == Grant(
                    room: "friday", identity: "ada", name: "ada", role: .viewer, permissions: Role.viewer.permissions,
                    isEncrypted: true,
                    credential: Credential(subject: "ada", expiresAt: Self.now + 60, invitation: "inv")))
    }

    @Test func theTokensNameComesBeforeTheRequests() throws {
        #expect(try admission.grant(token: token(role: "host", name: "Ada"), name: "Bea", now: Self.now).name == "Ada")
        #expect(try admission.grant(token: token(role: "host"), name: "Bea", now: Self.now).name == "Bea")
    }

    @Test func overridesChangeTheRolesPermissions() throws {
        let overrides = AccessClaims.Permissions(
            publish: ["microphone", "kazoo"], requestStage: false, moderate: false, chat: false)
        let permissions = try admission.grant(token: token(role: "host", overrides), name: nil, now: Self.now)
            .permissions
        var expected = Role.host.permissions
        expected.publish = [.microphone]
        expected.canRequestStage = false
        expected.canModerate = false
        // Who may not mute another must not be able to end the room either.
        expected.canManageRoom = false
        expected.canChat = false
        #expect(permissions == expected)
        let raised = AccessClaims.Permissions(moderate: true)
        let moderator = try admission.grant(token: token(role: "viewer", raised), name: nil, now: Self.now).permissions
        #expect(moderator.canModerate && !moderator.canManageRoom)
    }

    @Test func whatIsNoTokenOfThisServerLetsNobodyIn() throws {
        #expect(throws: AdmissionError.unknownRole) {
            try admission.grant(token: token(role: "king"), name: nil, now: Self.now)
        }
        #expect(throws: AdmissionError.token(.expired(secondsAgo: 40))) {
            try admission.grant(token: token(role: "host"), name: nil, now: Self.now + 100)
        }
        let keyless = TokenAdmission(isDevelopment: true, keys: [])
        #expect(throws: AdmissionError.token(.unknownKey)) {
            try keyless.grant(token: token(role: "host"), name: nil, now: Self.now)
        }
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", nil), ("Bearer", nil), ("Bearer a b", nil),
    ])
    func oneBearerTokenIsRead(_ field: String, _ token: String?) {
        #expect(BearerToken(parsing: field)?.text == token)
    }
}
