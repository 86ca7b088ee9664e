import Admission
import Testing

@Suite struct OriginPolicyTests {
    private func policy(_ allowed: [String] = [], names: OwnNames = .every) throws -> OriginPolicy {
        OriginPolicy(try allowed.map { try OriginPattern($0) }, names: names)
    }

    private func allows(_ policy: OriginPolicy, _ origin: String?, host: String? = "a.example", scheme: String? = nil)
        -> Bool
    {
        !policy.verdict(origin: origin, source: RequestSource(scheme: scheme, authority: host)).isRefused
    }

    @Test func pagesOfTheServersOwnHostAreItsOwnWhateverTheDefaultPort() throws {
        let policy = try policy(["https://App.example"])
        #expect(allows(policy, nil, host: nil))
        #expect(allows(policy, "https://a.example", host: "a.example:443"))
        #expect(allows(policy, "https://a.example", host: "A.Example"))
        #expect(allows(policy, "HTTP://A.example:80"))
        #expect(allows(policy, "http://[::1]:8080", host: "[0:0::1]:8080"))
        #expect(!allows(policy, "https://a.example:8443"))
        #expect(!allows(policy, "https://a.example", host: "a.example:80"))
        #expect(!allows(policy, "https://a.example.evil"))
        #expect(!allows(policy, "https://a.example", host: nil))
        #expect(!allows(policy, "http://", host: ""))
        #expect(!allows(policy, "file://a.example"))
        #expect(!allows(policy, "null"))
        #expect(!allows(policy, "https://a.example, https://a.example"))
    }

    @Test func theSchemeThatAProxyTellsIsTheOneOfTheServersPages() throws {
        let policy = try policy()
        #expect(
            allows(policy, "https://a.example", scheme: "https") && !allows(policy, "http://a.example", scheme: "https")
        )
        #expect(allows(policy, "https://a.example", host: "a.example:443", scheme: "https"))
    }

    @Test(arguments: [
        ("https://example.org", ["https://example.org", "HTTPS://EXAMPLE.ORG", "https://example.org:443"]),
        ("https://Example.org:443", ["https://example.org"]),
        ("http://example.org:8080", ["http://example.org:8080"]),
        ("http://[2001:DB8:0::1]:81", ["http://[2001:db8::1]:81"]),
        ("capacitor://localhost", ["capacitor://localhost"]),
        ("https://*.example.org", ["https://a.example.org", "https://a.b.example.org", "https://A.example.org:443"]),
        ("http://*.localhost:3000", ["http://shop.localhost:3000"]),
        ("null", ["null"]), ("*", ["https://example.org", "http://1.2.3.4:5", "app://x"]),
    ])
    func anAllowedOriginIsNamedAsBrowsersWriteIt(pattern: String, origins: [String]) throws {
        let policy = try policy([pattern])
        for origin in origins {
            guard
                case .allowed(let told) = policy.verdict(origin: origin, source: RequestSource(authority: "a.example"))
            else {
                Issue.record("\(pattern) must allow \(origin)")
                continue
            }
            #expect(told == origin.lowercased().replacing(":443", with: ""))
        }
    }

    @Test(arguments: [
        ("https://example.org", "http://example.org"), ("https://example.org", "https://example.org:444"),
        ("https://example.org", "https://example.org.evil"), ("https://example.org", "https://evil-example.org"),
        ("https://example.org", "https://example.org."), ("https://example.org", "https://example.org/"),
        ("https://example.org", "https://user@example.org"), ("https://example.org", "https://example.org\u{0}"),
        ("https://*.example.org", "https://example.org"), ("https://*.example.org", "https://evilexample.org"),
        ("https://*.example.org", "https://.example.org"), ("https://*.example.org", "http://a.example.org"),
        ("https://*.example.org", "https://a.example.org:8443"),
        ("https://*.example.org", "https://a.example.org.evil"),
        ("https://*.example.org", "https://evil.com/.example.org"), ("https://*.example.org", "https://a..example.org"),
        ("https://*.example.org", "null"), ("*", "null"), ("*", "https://a b"), ("*", "https://a\r\nX: y"), ("*", ""),
        ("*", "https://é.example"), ("null", "https://example.org"), ("null", "NULL"), ("null", "null, null"),
    ])
    func otherOriginsAreRefused(pattern: String, origin: String) throws {
        #expect(!allows(try policy([pattern]), origin))
    }

    @Test(arguments: [
        ("", "https://example.org"), ("example.org", "https://example.org"),
        ("example.org:8080", "begin with the scheme"),
        ("https://example.org/", "\"/\""), ("https://example.org/page?x", "\"/page?x\""),
        ("https://u@example.org", "user name"),
        ("https://*", "https://*.example.org"), ("https://*.org", "name the site"),
        ("https://*.com:8443", "name the site"),
        ("https://*.10.0.0.1", "address"), ("https://*.[::1]", "address"), ("https://a.*.org", "alone for every site"),
        ("https://a*.example.org", "alone for every site"), ("https://*.*.example.org", "alone for every site"),
        ("wss://example.org", "http:// or https://"), ("file://", "null"), ("NULL", "small letters"),
        ("**", "begin with"),
        ("https://bücher.example", "xn--"), ("https://example.org:0", "1 to 65535"),
        ("https://example.org:65536", "1 to 65535"),
        ("https://", "1 to 65535"), ("https://example.org:", "1 to 65535"), ("https://[::1", "1 to 65535"),
        ("https://a..b", "1 to 65535"),
    ])
    func aMistakeSaysWhatToWriteInstead(text: String, remedy: String) {
        let problem = #expect(throws: OriginPattern.Problem.self) { try OriginPattern(text) }
        #expect(problem?.remedy.contains(remedy) == true, "\(problem?.remedy ?? "")")
    }

    @Test func aDevelopmentServerAnswersOnlyUnderNamesThatStrangersCannotRegister() throws {
        let policy = try policy(
            ["https://dev.example.org", "https://*.tunnel.example"], names: .local(listening: "studio.example.com"))
        for host in [
            nil, "", "localhost", "LOCALHOST:8080", "localhost.", "a.localhost:1", "127.0.0.1:8080", "[::1]:8080",
            "10.1.2.3",
            "desk", "desk.local", "forestage.internal:8080", "studio.example.com:8080", "dev.example.org",
            "x.tunnel.example",
        ] {
            #expect(policy.answers(authority: host), "\(host ?? "no host")")
        }
        for host in [
            "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "tunnel.example",
        ] {
            #expect(!policy.answers(authority: host), "\(host)")
        }
        #expect(try self.policy().answers(authority: "any.example"))
        #expect(try self.policy(["*"], names: .local(listening: "x")).answers(authority: "any.example"))
    }
}
