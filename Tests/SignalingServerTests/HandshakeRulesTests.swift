import SignalingProtocol
import Testing

@testable import SignalingServer

/// The opening handshake, rule by rule (RFC 6455 section 4.2.1).
struct HandshakeRulesTests {
    /// The head of the answer to an upgrade with these fields instead of the usual ones.
    private func answer(_ replacing: [String: String] = [:], request: String? = nil) async throws -> String {
        try await TestServer.run { port in
            try await RawClient.connect(port) { try await $0.upgrade(request: request, replacing: replacing) }
        }
    }

    private func status(_ replacing: [String: String] = [:], request: String? = nil) async throws -> String {
        String(try await answer(replacing, request: request).dropFirst(9).prefix(3))
    }

    @Test func item1TheRequestIsAGetOfHTTP11() async throws {
        #expect(try await status(request: "POST /v1/signal HTTP/1.1") == "405")
        #expect(try await status(request: "GET /v1/signal HTTP/1.0") == "400")
        #expect(try await status() == "101")
    }

    @Test func item2HostIsThere() async throws { #expect(try await status(["Host": ""]) == "400") }

    @Test(arguments: [
        ("websocket", "101"), ("WebSocket", "101"), ("h2c, websocket", "101"), ("websocket, h2c", "101"),
        ("h2c", "400"), ("websockets", "400"), ("", "400"),
    ])
    func item3UpgradeHoldsWebsocket(_ value: String, _ expected: String) async throws {
        #expect(try await status(["Upgrade": value]) == expected)
    }

    @Test(arguments: [
        ("Upgrade", "101"), ("upgrade", "101"), ("keep-alive, Upgrade", "101"), ("keep-alive,UPGRADE", "101"),
        ("keep-alive", "400"), ("Upgraded", "400"), ("", "400"),
    ])
    func item4ConnectionHoldsUpgrade(_ value: String, _ expected: String) async throws {
        #expect(try await status(["Connection": value]) == expected)
    }

    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", "101"), ("AAAAAAAAAAAAAAAAAAAAAA==", "101"),
        // 15 and 17 octets, no padding, other letters, nothing.
        ("dGhlIHNhbXBsZSBub25j", "400"), ("dGhlIHNhbXBsZSBub25jZXg=", "400"), ("dGhlIHNhbXBsZSBub25jZQ", "400"),
        ("dGhlIHNhbXBsZSBub25jZ-==", "400"), ("dGhlIHNhbXBsZSBub25jZQ==x", "400"), ("", "400"),
    ])
    func item5TheKeyIs16OctetsInBase64(_ value: String, _ expected: String) async throws {
        #expect(try await status(["Sec-WebSocket-Key": value]) == expected)
    }

    @Test(arguments: ["8", "0", "12", "14", "13, 8", "x", ""])
    func item6OtherVersionsAreTold426AndWhichOneIsSpoken(_ value: String) async throws {
        let answer = try await answer(["Sec-WebSocket-Version": value])
        #expect(answer.hasPrefix("HTTP/1.1 426 "), "\(answer)")
        #expect(answer.contains("Sec-WebSocket-Version: 13\r\n") && answer.contains("Upgrade: websocket\r\n"))
    }
}
