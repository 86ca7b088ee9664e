import Testing

@testable import HTTPServer

/// The address over HTTPS of what was asked for over plain HTTP.
struct RedirectTests {
    @Test func hostAndTargetStayAndThePortIsThatOfHTTPS() {
        for (target, host, port, location) in [
            ("/", "example.org", 443, "https://example.org/"),
            ("/room?a=b&c", "example.org:80", 443, "https://example.org/room?a=b&c"),
            ("/", "example.org:8080", 8443, "https://example.org:8443/"),
            ("/a", "[2001:db8::1]", 443, "https://[2001:db8::1]/a"),
            ("/a", "[2001:db8::1]:8080", 8443, "https://[2001:db8::1]:8443/a"),
            ("http://other.example/a", "example.org", 443, "https://example.org/"),
            ("*", "example.org", 443, "https://example.org/"),
        ] {
            #expect(RedirectFront.location(target, host: host, port: port) == location)
        }
        #expect(RedirectFront.location("/", host: nil, port: 443) == nil)
        #expect(RedirectFront.location("/", host: ":80", port: 443) == nil)
    }
}
