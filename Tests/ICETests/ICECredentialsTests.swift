import ICE
import Primitives
import Testing

struct ICECredentialsTests {
    private let password = "0123456789abcdefABCDEF"

    @Test func randomCredentialsAreLongEnoughAndValidForAPeer() throws {
        var generator = SeededGenerator(seed: 1)
        var seen: Set<String> = []
        for _ in 0..<2_000 {
            let credentials = ICECredentials.random(using: &generator)
            #expect(credentials.usernameFragment.utf8.count == 8)
            #expect(credentials.password.utf8.count == 24)
            let checked = try ICECredentials(
                validatingUsernameFragment: credentials.usernameFragment, password: credentials.password)
            #expect(checked == credentials)
            seen.insert(credentials.usernameFragment)
        }
        #expect(seen.count == 2_000)
    }

    @Test func lengthsAtTheLimitsAreTaken() throws {
        for (fragment, secret) in [(4, 22), (256, 256)] {
            _ = try ICECredentials(
                validatingUsernameFragment: String(repeating: "u", count: fragment),
                password: String(repeating: "p", count: secret))
        }
    }

    @Test(arguments: [3, 257])
    func aFragmentOutsideTheLimitsIsRefused(_ count: Int) {
        #expect(throws: ICECredentialsError.usernameFragment(.length(count, expected: 4...256))) {
            try ICECredentials(validatingUsernameFragment: String(repeating: "u", count: count), password: password)
        }
    }

    @Test(arguments: [21, 257])
    func aPasswordOutsideTheLimitsIsRefused(_ count: Int) {
        #expect(throws: ICECredentialsError.password(.length(count, expected: 22...256))) {
            try ICECredentials(validatingUsernameFragment: "abcd", password: String(repeating: "p", count: count))
        }
    }

    @Test(arguments: ["ab:d", "ab d", "abc\n", "ab\u{212A}"])
    func aFragmentWithOtherCharactersIsRefused(_ fragment: String) {
        #expect(throws: ICECredentialsError.self) {
            try ICECredentials(validatingUsernameFragment: fragment, password: password)
        }
    }

    @Test func theDescriptionHidesThePassword() {
        let credentials = ICECredentials(usernameFragment: "abcd", password: password)
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains(password))
    }
}
