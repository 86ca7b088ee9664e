import Foundation
import HTTPServer
import Testing

@testable import SignalingServer

/// What browsers of pages from elsewhere are told (WHATWG Fetch, "CORS protocol").
struct CrossOriginTests {
    static let embedder = "https://embedder.example"

    func answer(_ request: String, origin: String?, headers: [String] = [], body: String = "") async throws -> String {
        let folder = try HTTPTests.Folder()
        defer { folder.remove() }
        return try await TestServer.run {
            $0.webDirectory = folder.web
            $0.clientDirectory = folder.web + "/sub"
            $0.isDevelopment = true
            $0.allowedOrigins = [Self.embedder]
        } _: { port in
            try await RawClient.connect(port) {
                try await $0.http(request, headers: (origin.map { ["Origin: \($0)"] } ?? []) + headers, body: body)
            }
        }
    }

    static let mayRead = "\r\nAccess-Control-Allow-Origin: \(embedder)\r\n"

    @Test(arguments: ["GET /client/a%20b.js", "HEAD /client/a%20b.js", "GET /v1/configuration", "POST /v1/tokens"])
    func pagesOfAllowedOriginsMayRead(request: String) async throws {
        let body = request.hasPrefix("POST") ? #"{"room":"r"}"# : ""
        let allowed = try await answer(request, origin: Self.embedder, body: body)
        #expect(allowed.hasPrefix("HTTP/1.1 200 ") && allowed.contains(Self.mayRead), "\(allowed)")
        #expect(allowed.contains("\r\nVary: Origin\r\n"))
        for origin in ["https://evil.example", "http://embedder.example", "null", nil] {
            let other = try await answer(request, origin: origin, body: body)
            #expect(!other.lowercased().contains("access-control-"), "\(other)")
        }
    }

    @Test(arguments: ["/client/a%20b.js": "GET, HEAD", "/v1/configuration": "GET, HEAD", "/v1/tokens": "POST"])
    func preflightsAreAnswered(path: String, methods: String) async throws {
        let asked = ["Access-Control-Request-Method: \(methods)", "Access-Control-Request-Headers: content-type"]
        let allowed = try await answer("OPTIONS \(path)", origin: Self.embedder, headers: asked)
        #expect(allowed.hasPrefix("HTTP/1.1 204 ") && allowed.contains(Self.mayRead), "\(allowed)")
        #expect(allowed.contains("\r\nAccess-Control-Allow-Methods: \(methods)\r\n"))
        #expect(
            allowed.contains(
                "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, If-Match, If-None-Match\r\n"))
        #expect(allowed.contains("\r\nAccess-Control-Max-Age: 7200\r\n"))
        let other = try await answer("OPTIONS \(path)", origin: "https://evil.example", headers: asked)
        #expect(!other.lowercased().contains("access-control-"), "\(other)")
    }

    @Test func refusalsCanBeReadAndUnchangedFilesToo() async throws {
        let refused = try await answer("POST /v1/tokens", origin: Self.embedder, body: "{}")
        #expect(refused.hasPrefix("HTTP/1.1 400 ") && refused.contains(Self.mayRead), "\(refused)")
        #expect(refused.contains("badRequest"))
        let first = try await answer("GET /client/a%20b.js", origin: Self.embedder)
        let tag = try #require(first.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }).dropFirst(6)
        let again = try await answer("GET /client/a%20b.js", origin: Self.embedder, headers: ["If-None-Match: \(tag)"])
        #expect(again.hasPrefix("HTTP/1.1 304 ") && again.contains(Self.mayRead), "\(again)")
    }

    @Test func theAppsOwnPagesStayTheServersOwn() async throws {
        let index = try await answer("GET /", origin: Self.embedder)
        #expect(index.hasPrefix("HTTP/1.1 200 ") && !index.lowercased().contains("access-control-"), "\(index)")
    }
}
