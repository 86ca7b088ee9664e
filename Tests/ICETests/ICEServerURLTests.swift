import ICE
import Testing

struct ICEServerURLTests {
    @Test func partsThatAreLeftOutHaveTheDefaultsOfTheRFCs() throws {
        let plain = try #require(ICEServerURL("turn:turn.example.org"))
        #expect(
            plain.scheme == .turn && plain.host == "turn.example.org" && plain.port == 3478 && plain.transport == .udp)
        let secure = try #require(ICEServerURL("turns:turn.example.org"))
        #expect(secure.port == 5349 && secure.transport == .tcp && secure.isSecure && secure.isRelay)
        let stun = try #require(ICEServerURL("stun:192.0.2.7"))
        #expect(stun.port == 3478 && !stun.isRelay && !stun.isSecure)
    }

    @Test func everyPartIsRead() throws {
        let url = try #require(ICEServerURL("turn:[2001:db8::7]:443?transport=tcp"))
        #expect(url.host == "2001:db8::7" && url.port == 443 && url.transport == .tcp)
        #expect(ICEServerURL("turns:a-b.example:5349?transport=udp")?.transport == .udp)
    }

    @Test(arguments: [
        "", "turn", "turn:", "http://x", "turn:x:0", "turn:x:65536", "turn:x:", "turn:x:+1", "turn:x?transport=sctp",
        "turn:x?", "turn:x?a=b?c=d", "stun:x?transport=udp", "turn:user@x", "turn://x", "turn:2001:db8::7", "turn:[x]",
        "turn:[192.0.2.7]", "turn:[2001:db8::7", "turn:x y", "turn:x>\r\nEvil: 1", "turn:\u{E4}",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(ICEServerURL(text) == nil)
    }
}
