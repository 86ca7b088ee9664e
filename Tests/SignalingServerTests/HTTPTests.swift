import AccessTokens
import Foundation
import HTTPServer
import SignalingProtocol
import Testing

@testable import SignalingServer

struct HTTPTests {
    /// A folder with an index, a script, a hidden file, and a secret beside it.
    struct Folder {
        let root: URL
        var web: String { root.appendingPathComponent("web").path }

        init() throws {
            root = FileManager.default.temporaryDirectory.appendingPathComponent("forestage-\(UUID().uuidString)")
            let web = root.appendingPathComponent("web")
            try FileManager.default.createDirectory(
                at: web.appendingPathComponent("sub"), withIntermediateDirectories: true)
            try Data("<p>hi".utf8).write(to: web.appendingPathComponent("index.html"))
            try Data("export {}".utf8).write(to: web.appendingPathComponent("sub/a b.js"))
            try Data("hidden".utf8).write(to: web.appendingPathComponent(".hidden"))
            try Data("secret".utf8).write(to: root.appendingPathComponent("secret.txt"))
        }

        func remove() { try? FileManager.default.removeItem(at: root) }
    }

    func get(
        _ path: String, method: String = "GET", headers: [String] = [], body: String = "", isDevelopment: Bool = false
    )
        async throws -> String
    {
        let folder = try Folder()
        defer { folder.remove() }
        return try await TestServer.run {
            $0.webDirectory = folder.web
            $0.isDevelopment = isDevelopment
        } _: { port in
            try await RawClient.connect(port) { try await $0.http("\(method) \(path)", headers: headers, body: body) }
        }
    }

    @Test func filesAreServedWithTheirTypes() async throws {
        let index = try await get("/")
        #expect(index.hasPrefix("HTTP/1.1 200 ") && index.hasSuffix("\r\n\r\n<p>hi"))
        #expect(index.contains("Content-Type: text/html; charset=utf-8\r\n"))
        #expect(index.contains("Cache-Control: no-cache\r\n"))
        let script = try await get("/sub/a%20b.js?x=1")
        #expect(script.contains("Content-Type: text/javascript; charset=utf-8\r\n") && script.hasSuffix("export {}"))
    }

    @Test func anUnchangedFileIsNotSentAgain() async throws {
        let first = try await get("/")
        let line = try #require(first.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") })
        let second = try await get("/", headers: ["If-None-Match: \(line.dropFirst(6))"])
        #expect(second.hasPrefix("HTTP/1.1 304 "))
    }

    @Test(arguments: [
        "/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/sub/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/.hidden", "/%00", "//secret.txt", "/%ff", "/nothing",
    ])
    func nothingOutsideTheFolderIsServed(path: String) async throws {
        let answer = try await get(path)
        #expect(answer.hasPrefix("HTTP/1.1 404 ") || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(!answer.hasSuffix("secret") && !answer.hasSuffix("hidden"))
    }

    @Test func theServersOwnPagesAnswer() async throws {
        #expect(try await get("/healthz").hasSuffix("ok\n"))
        #expect(try await get("/metrics").contains("forestage_signaling_connections 0"))
        let answer = try await get("/v1/configuration")
        let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
        let document = try JSONDecoder().decode(ConfigurationDocument.self, from: Data(body.utf8))
        #expect(document.protocol == "forestage.v1" && document.limits.slots == 32)
        #expect(try await get("/v1/signal").hasPrefix("HTTP/1.1 400 "))
        #expect(try await get("/v1/signal", headers: ["Authorization: Bearer x"]).hasPrefix("HTTP/1.1 401 "))
    }

    @Test func metricsAreForThoseWhoKnowTheToken() async throws {
        let token = "0123456789abcdef"
        let answers = try await TestServer.run {
            $0.metricsToken = token
        } _: { port in
            var answers: [String] = []
            for header in [
                "X: y", "Authorization: Basic \(token)", "Authorization: Bearer \(token)0",
                "Authorization: Bearer \(token)",
            ] {
                answers.append(
                    try await RawClient.connect(port) { try await $0.http("GET /metrics", headers: [header]) })
            }
            return answers
        }
        for answer in answers.dropLast() {
            #expect(answer.hasPrefix("HTTP/1.1 401 ") && answer.contains("WWW-Authenticate: Bearer\r\n"))
            #expect(!answer.contains("forestage_"))
        }
        #expect(answers.last?.contains("forestage_signaling_connections 0") == true)
    }

    @Test func tokensAreHandedOutInDevelopmentOnly() async throws {
        let body = #"{"room":"r","identity":"ada","role":"host"}"#
        #expect(try await get("/v1/tokens", method: "POST", body: body).hasPrefix("HTTP/1.1 404 "))
        let answer = try await get("/v1/tokens", method: "POST", body: body, isDevelopment: true)
        let json = try #require(answer.components(separatedBy: "\r\n\r\n").last)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let token = try #require(object["token"] as? String)
        let claims = try AccessTokenVerifier(keys: [TestServer.key()]).verify(token, now: TestServer.now)
        #expect(claims.identity == "ada" && claims.room == "r" && claims.role == "host")
        for bad in ["", "{}", #"{"room":"a/b"}"#, "[1", String(repeating: "[", count: 10_000)] {
            #expect(
                try await get("/v1/tokens", method: "POST", body: bad, isDevelopment: true).hasPrefix("HTTP/1.1 400 "))
        }
        #expect(
            try await get(
                "/v1/tokens", method: "POST", headers: ["Origin: https://evil.example"], body: body, isDevelopment: true
            )
            .hasPrefix("HTTP/1.1 403 "))
    }

    @Test(arguments: [
        (#""role":"king""#, "role"), (#""role":"""#, "role"), (#""name":"""#, "name"), (#""name":"a\u0007""#, "name"),
        (#""name":"\u202egnikcah""#, "name"), (#""identity":"""#, "identity"), (#""identity":"a\nb""#, "identity"),
        (#""room":"..""#, "room"),
    ])
    func aTokenThatJoinWouldRefuseIsNotMade(field: String, name: String) async throws {
        let room = name == "room" ? "" : #""room":"r","#
        let answer = try await get("/v1/tokens", method: "POST", body: "{\(room)\(field)}", isDevelopment: true)
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("`\(name)` must"), "\(answer)")
    }

    @Test func whatIsNotHTTPIsRefused() async throws {
        let answer = try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                try await client.send(Array("\u{16}\u{3}\u{1} hello\r\n\r\n".utf8))
                return await client.readAll()
            }
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
    }

    @Test func aPortInUseIsOneLineThatSaysWhatToChange() async throws {
        try await TestServer.run { port in
            do {
                try await TestServer.run {
                    $0.port = port
                } _: { _ in
                }
                Issue.record("two servers on one port")
            } catch {
                let error = try #require(error as? HTTPServerError)
                #expect(error.description.contains("127.0.0.1:\(port) is in use"))
                #expect(!error.description.contains("\n"))
            }
        }
        await #expect(throws: HTTPServerError.self) {
            try await TestServer.run {
                $0.host = "203.0.113.7"
            } _: { _ in
            }
        }
        await #expect(throws: HTTPServerError.self) {
            try await TestServer.run {
                $0.webDirectory = "/nonexistent"
            } _: { _ in
            }
        }
    }

    @Test func configurationListsEveryProblem() {
        var configuration = TestConfiguration()
        #expect(configuration.http.validate() + configuration.signaling.validate() == [])
        configuration.port = 70_000
        configuration.allowedOrigins = ["example.org", "https://example.org/page", "https://example.org", "*"]
        configuration.silenceTimeout = .seconds(1)
        #expect(configuration.http.validate().count == 3 && configuration.signaling.validate().count == 1)
    }
}
