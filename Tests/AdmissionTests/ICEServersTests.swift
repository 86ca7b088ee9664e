import Admission
import Testing

struct ICEServersTests {
    private static let now = 1_800_000_000
    private static let urls = [
        "stun:turn.example.org", "turn:turn.example.org?transport=udp", "turns:turn.example.org:443",
    ]

    @Test func aSecretMakesCredentialsThatEndAndAreForOne() {
        let servers = ICEServers(urls: Self.urls, credentials: .timeLimited(secret: "north-wind", lifetime: 43_200))
        #expect(
            servers.entries(for: "friday/p7", now: Self.now) == [
                ICEServers.Entry(urls: ["stun:turn.example.org"]),
                // printf '%s' 1800043200:friday/p7 | openssl dgst -sha1 -hmac north-wind -binary | base64
                ICEServers.Entry(
                    urls: Array(Self.urls.dropFirst()), username: "1800043200:friday/p7",
                    credential: "VQa2IGJN+L3AGOflkQjVbG1GYVc="),
            ])
    }

    @Test func fixedCredentialsAreTheSameForEverybody() {
        let servers = ICEServers(urls: Self.urls, credentials: .fixed(username: "ada", credential: "secret"))
        let entries = servers.entries(for: "friday/p7", now: Self.now)
        #expect(entries.last?.username == "ada" && entries.last?.credential == "secret")
        #expect(entries == servers.entries(for: "monday/p1", now: 0))
    }

    @Test func nobodyIsToldOfTURNServersBeforeBeingLetIn() {
        let servers = ICEServers(urls: Self.urls, credentials: .fixed(username: "ada", credential: "secret"))
        #expect(servers.openEntries == [ICEServers.Entry(urls: ["stun:turn.example.org"])])
        #expect(ICEServers(urls: ["turn:x"], credentials: .timeLimited(secret: "s", lifetime: 1)).openEntries == [])
        #expect(ICEServers().entries(for: "friday/p7", now: Self.now) == [])
    }

    @Test func whatIsWrongIsSaid() {
        #expect(ICEServers().validate() == [])
        #expect(ICEServers(urls: ["stun:x"]).validate() == [])
        #expect(ICEServers(urls: ["turn:x"]).validate().count == 1)
        #expect(ICEServers(urls: ["stun:x"], credentials: .timeLimited(secret: "s", lifetime: 1)).validate().count == 1)
        #expect(ICEServers(urls: ["http://x", "stun:x>\r\nEvil: 1"]).validate().count == 2)
        let many = (0...ICEServers.maximumURLs).map { "stun:x\($0)" }
        #expect(ICEServers(urls: many).validate().count == 1)
        #expect(ICEServers(urls: Array(many.dropLast())).validate() == [])
    }
}
