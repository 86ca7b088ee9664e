import Testing

@testable import SignalingClient

struct EndpointTests {
    @Test func urlsAreTakenApart() throws {
        let plain = try Endpoint("http://example.org")
        #expect((plain.host, plain.port, plain.path) == ("example.org", 80, "/"))
        let full = try Endpoint("ws://[2001:db8::1]:8188/janus?a=b")
        #expect((full.host, full.port, full.path) == ("2001:db8::1", 8188, "/janus?a=b"))
        #expect(full.authority == "[2001:db8::1]:8188")
    }

    @Test func tlsHasAPortOfItsOwn() throws {
        for scheme in ["https", "wss"] {
            let endpoint = try Endpoint("\(scheme)://example.org/x")
            #expect(endpoint.isSecure && endpoint.port == 443 && !endpoint.acceptsAnyCertificate)
        }
        #expect(try !Endpoint("ws://example.org").isSecure)
    }

    @Test(arguments: ["example.org", "ftp://example.org", "http://", "http://host:0", "http://host:x", "http://:80"])
    func othersAreRefused(url: String) {
        #expect(throws: DoorError.self) { try Endpoint(url) }
    }

    @Test func locationsAreResolved() throws {
        let base = try Endpoint("http://host:8080/whip/room?x=1")
        let absolute = try base.resolving("/resource/7")
        #expect((absolute.path, absolute.port) == ("/resource/7", 8080))
        let relative = try base.resolving("7")
        #expect(relative.path == "/whip/7")
        let other = try base.resolving("http://other/8")
        #expect(other.host == "other")
    }
}
