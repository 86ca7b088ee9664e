import HTTPServer
import Testing

@testable import SignalingServer

/// Methods of the server's own paths and files (RFC 9110 sections 9.1 and 15.5.6).
struct MethodTests {
    private func answer(_ request: String, _ headers: [String] = []) async throws -> String {
        let folder = try HTTPTests.Folder()
        defer { folder.remove() }
        return try await TestServer.run {
            $0.webDirectory = folder.web
        } _: { port in
            try await RawClient.connect(port) { try await $0.http(request, headers: headers) }
        }
    }

    @Test(arguments: [
        ("POST", "/", "GET, HEAD, OPTIONS"), ("DELETE", "/sub/a%20b.js", "GET, HEAD, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"), ("PUT", "/metrics", "GET, HEAD, OPTIONS"),
        ("PROPFIND", "/v1/configuration", "GET, HEAD, OPTIONS"), ("TRACE", "/v1/signal", "GET, HEAD, OPTIONS"),
        ("PATCH", "/v1/tokens", "POST, OPTIONS"),
    ])
    func aKnownPathSaysWhatIsAllowed(_ method: String, _ path: String, _ allowed: String) async throws {
        let answer = try await answer("\(method) \(path)")
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: \(allowed)\r\n"), "\(answer)")
        let options = try await self.answer("OPTIONS \(path)")
        #expect(options.hasPrefix("HTTP/1.1 204 ") && options.contains("Allow: \(allowed)\r\n"), "\(options)")
    }

    @Test(arguments: ["POST", "OPTIONS", "DELETE"])
    func anUnknownPathIs404WhateverTheMethod(_ method: String) async throws {
        #expect(try await answer("\(method) /nothing").hasPrefix("HTTP/1.1 404 "))
    }

    @Test(arguments: ["BREW", "FOO-BAR", "GETT"])
    func aMethodThatNobodyKnowsIs501(_ method: String) async throws {
        #expect(try await answer("\(method) /").hasPrefix("HTTP/1.1 501 "))
    }

    @Test func theServerAsAWholeHasOptions() async throws {
        #expect(try await answer("OPTIONS *").hasPrefix("HTTP/1.1 204 "))
    }

    @Test func anEncodedBodyOrAMissingHostIsSaid() async throws {
        let answer = try await answer("POST /v1/tokens", ["Content-Encoding: gzip"])
        #expect(answer.hasPrefix("HTTP/1.1 415 ") && answer.contains("Accept-Encoding: identity\r\n"))
        let bare = try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                try await client.send(Array("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n".utf8))
                return await client.readAll()
            }
        }
        #expect(bare.hasPrefix("HTTP/1.1 400 ") && bare.contains("badHost"))
    }

    @Test func aSecondRequestOfAConnectionIsHeldToTheSameRules() async throws {
        let answers = try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                try await client.send(Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\n".utf8))
                try await client.send(Array("Connection: close\r\n\r\n".utf8))
                return await client.readAll()
            }
        }
        #expect(answers.matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.1) } == ["200", "400"], "\(answers)")
    }
}
