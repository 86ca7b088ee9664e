import AccessTokens
import Testing

@testable import SignalingServer

struct UpgradeTests {
    /// The status line's code of the answer to an upgrade.
    func status(path: String = "/v1/signal", subprotocol: String? = "forestage.v1", _ headers: String...) async throws
        -> String
    {
        try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                String(
                    try await client.upgrade(path, subprotocol: subprotocol, headers: headers).dropFirst(9).prefix(3))
            }
        }
    }

    @Test func upgradeAnswersWithTheSubprotocol() async throws {
        let head = try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                let head = try await client.upgrade(subprotocol: "other, forestage.v1")
                try await client.send(text: "hello")
                #expect(try await client.frame().text == "hello")
                return head
            }
        }
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        #expect(head.contains("Sec-WebSocket-Protocol: forestage.v1\r\n"))
        // RFC 6455 section 1.3: the accept value of this key.
        #expect(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    }

    @Test func refusedUpgradesGetARealStatus() async throws {
        #expect(try await status(path: "/v1/other") == "404")
        #expect(try await status("Origin: https://evil.example") == "403")
        #expect(try await status("Origin: null") == "403")
        #expect(try await status("Authorization: Bearer nonsense") == "401")
        #expect(try await status("Authorization: Basic abc") == "401")
        #expect(try await status(subprotocol: nil) == "400")
        #expect(try await status(subprotocol: "forestage.v2") == "400")
        #expect(try await status("Sec-WebSocket-Key: another") == "400")
        #expect(try await status("Content-Length: 3") == "400")
    }

    @Test func ownOriginAndGoodTokenAreTaken() async throws {
        let claims = AccessClaims(identity: "ada", room: "r", expiresAt: TestServer.now + 60)
        let token = AccessTokenSigner(key: try TestServer.key()).sign(claims)
        #expect(try await status("Origin: http://localhost:1", "Authorization: Bearer \(token)") == "101")
        #expect(try await status("Origin: https://localhost:1") == "101")
    }

    @Test func connectionsBeyondTheLimitAreRefused() async throws {
        try await TestServer.run({ $0.maximumConnections = 1 }) { port in
            try await RawClient.connect(port) { first in
                #expect(try await first.upgrade().hasPrefix("HTTP/1.1 101 "))
                try await first.send(text: "in")
                _ = try await first.frame()
                try await RawClient.connect(port) { second in
                    let head = try await second.upgrade()
                    #expect(head.hasPrefix("HTTP/1.1 503 "))
                }
            }
        }
    }
}
