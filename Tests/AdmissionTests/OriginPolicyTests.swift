import Admission
import Testing

@Suite struct OriginPolicyTests {
    @Test func originsAreComparedWithTheirDefaultPorts() {
        let policy = OriginPolicy(allowedOrigins: ["https://App.example"])
        #expect(policy.allows(origin: nil, host: nil))
        #expect(policy.allows(origin: "https://a.example", host: "a.example:443"))
        #expect(policy.allows(origin: "HTTP://A.example:80", host: "a.example"))
        #expect(policy.allows(origin: "https://app.example", host: "a.example"))
        #expect(!policy.allows(origin: "https://a.example:8443", host: "a.example"))
        #expect(!policy.allows(origin: "https://a.example.evil", host: "a.example"))
        #expect(!policy.allows(origin: "http://", host: ""))
        #expect(!policy.allows(origin: "file://a.example", host: "a.example"))
    }

    @Test func aStarAllowsEveryPage() {
        #expect(OriginPolicy(allowedOrigins: ["*"]).allows(origin: "null", host: nil))
    }
}
