import Admission
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import HTTPServer

/// A front as any: one page that pages of allowed origins may post to.
private struct EchoFront: HTTPFront {
    func addRoutes(to router: Router<ServerRequestContext>) {
        router.post("/echo") { request, _ in
            Response(status: .ok, body: .init(byteBuffer: try await request.body.collect(upTo: 100)))
        }
        router.get("/fault") { _, _ -> Response in throw CocoaError(.fileNoSuchFile) }
        router.get("/who") { _, context in
            let told = [context.source.address, context.source.scheme, context.source.authority]
            return Response(
                status: .ok, body: .init(byteBuffer: ByteBuffer(string: told.map { $0 ?? "-" }.joined(separator: " "))))
        }
    }

    func methods(at path: String) -> String? { path == "/echo" ? "POST, OPTIONS" : nil }
    func crossOriginMethods(at path: String) -> String? { path == "/echo" ? "POST" : path == "/fault" ? "GET" : nil }
}

/// A page for operators alone.
private struct SecretPage: HTTPFront {
    let access: OperatorGuard

    func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/secret") { request, _ in
            guard access.allows(authorization: request.headers[.authorization]) else {
                throw HTTPFailure(.unauthorized, "badToken", "a token is expected")
            }
            return Response(status: .ok)
        }
    }

    func methods(at path: String) -> String? { path == "/secret" ? "GET, HEAD, OPTIONS" : nil }
}

/// The server without signaling: what every front gets from it.
struct HTTPServiceTests {
    private static let page = "https://page.example"
    private static let mayRead = "\r\nAccess-Control-Allow-Origin: \(page)\r\n"

    /// Runs the server and gives `body` the ports of the fronts and of the operators' pages, where these have their own.
    private func serve(
        _ configure: (inout HTTPConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (_ port: Int, _ operators: Int?) async throws -> Void
    ) async throws {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.allowedOrigins = [Self.page]
        configure(&configuration)
        let hasOperatorsPort = configuration.metricsAddress != nil
        let (ports, fronts) = AsyncStream<Int>.makeStream()
        let (operatorPorts, operators) = AsyncStream<Int>.makeStream()
        let service = HTTPService(
            configuration: configuration, fronts: [EchoFront(), HealthPage { false }],
            operatorPages: [SecretPage(access: configuration.operatorGuard)],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { fronts.yield($0) }, onMetricsListening: { operators.yield($0) })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await service.run()
                return false
            }
            group.addTask {
                var operatorsPort: Int?
                if hasOperatorsPort { operatorsPort = await operatorPorts.first { _ in true } }
                guard let port = await ports.first(where: { _ in true }) else { return true }
                try await body(port, operatorsPort)
                return true
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next(), !isDone {}
        }
    }

    /// Sends the lines as a request of a connection of its own, and reads until the server closes.
    private func answer(_ port: Int, _ lines: [String], body: String = "") async throws -> String {
        let text = (lines + ["Content-Length: \(body.utf8.count)", "Connection: close"]).joined(separator: "\r\n")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: "127.0.0.1", port: port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text + "\r\n\r\n" + body))
            var answer = ByteBuffer()
            do { for try await part in inbound { answer.writeImmutableBuffer(part) } } catch {}
            return String(buffer: answer)
        }
    }

    @Test func aPageReadsTheRefusalsOfTheRequestRulesToo() async throws {
        try await serve { port, _ in
            let page = ["Host: a", "Origin: \(Self.page)"]
            let taken = try await answer(port, ["POST /echo HTTP/1.1"] + page, body: "hi")
            #expect(taken.hasPrefix("HTTP/1.1 200 ") && taken.contains(Self.mayRead) && taken.hasSuffix("hi"))
            for (request, status) in [
                (["DELETE /echo HTTP/1.1"] + page, "405"),
                (["POST /echo HTTP/1.1", "Content-Encoding: gzip"] + page, "415"),
                (["POST /echo HTTP/1.1", "Expect: tea"] + page, "417"),
                (["POST /echo HTTP/1.1", "Host: b"] + page, "400"),
            ] {
                let refused = try await answer(port, request)
                #expect(refused.hasPrefix("HTTP/1.1 \(status) ") && refused.contains(Self.mayRead), "\(refused)")
                #expect(refused.contains("{\"code\":\""))
            }
            let other = try await answer(port, ["DELETE /echo HTTP/1.1", "Host: a", "Origin: https://evil.example"])
            #expect(other.hasPrefix("HTTP/1.1 403 ") && !other.lowercased().contains("access-control-"), "\(other)")
        }
    }

    @Test func aPageReadsThatTheServerFailedOrEnds() async throws {
        try await serve { port, _ in
            let page = ["Host: a", "Origin: \(Self.page)"]
            for (request, status) in [("GET /fault", "500"), ("GET /healthz", "503")] {
                let answer = try await answer(port, ["\(request) HTTP/1.1"] + page)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains(Self.mayRead), "\(answer)")
                #expect(answer.contains("\r\nVary: Origin\r\n") && answer.contains("{\"code\":\""))
            }
        }
    }

    @Test func pathsThatNoFrontKnowsAre404WithABody() async throws {
        try await serve { port, _ in
            for method in ["GET", "POST", "OPTIONS", "BREW"] {
                let answer = try await answer(port, ["\(method) /nothing HTTP/1.1", "Host: a"])
                #expect(answer.hasPrefix(method == "BREW" ? "HTTP/1.1 501 " : "HTTP/1.1 404 "), "\(answer)")
                #expect(method == "BREW" || answer.contains("\"notFound\""))
            }
        }
    }

    @Test func operatorsPagesStandAtTheirOwnAddressAloneAndUnderTheSameRules() async throws {
        try await serve {
            $0.metricsAddress = ("127.0.0.1", 0)
            $0.metricsToken = "0123456789abcdef"
        } _: { port, operators in
            let operators = try #require(operators)
            #expect(try await answer(port, ["GET /secret HTTP/1.1", "Host: a"]).hasPrefix("HTTP/1.1 404 "))
            #expect(try await answer(port, ["POST /secret HTTP/1.1", "Host: a"]).hasPrefix("HTTP/1.1 404 "))
            let get = ["GET /secret HTTP/1.1", "Host: a"]
            #expect(try await answer(operators, get).hasPrefix("HTTP/1.1 401 "))
            let token = "Authorization: Bearer 0123456789abcdef"
            #expect(try await answer(operators, get + [token]).hasPrefix("HTTP/1.1 200 "))
            let wrong = try await answer(operators, ["PUT /secret HTTP/1.1", "Host: a"])
            #expect(wrong.hasPrefix("HTTP/1.1 405 ") && wrong.contains("Allow: GET, HEAD, OPTIONS\r\n"), "\(wrong)")
            #expect(try await answer(operators, ["GET /secret HTTP/1.1"]).contains("badHost"))
            #expect(try await answer(operators, ["POST /echo HTTP/1.1", "Host: a"]).hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test func withoutAnAddressOfTheirOwnTheyAreServedWithTheRest() async throws {
        try await serve { port, _ in
            let answer = try await answer(port, ["GET /secret HTTP/1.1", "Host: a"])
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func whatATrustedProxyTellsOfTheClientReachesTheRoutes() async throws {
        let told = [
            "X-Forwarded-For: 6.6.6.6, 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: live.example",
        ]
        for (proxies, expected) in [([], "127.0.0.1 - a"), (["127.0.0.0/8"], "203.0.113.9 https live.example")] {
            try await serve {
                $0.trustedProxies = proxies
            } _: { port, _ in
                let answer = try await answer(port, ["GET /who HTTP/1.1", "Host: a"] + told)
                #expect(answer.hasSuffix("\r\n\r\n\(expected)"), "\(answer)")
            }
        }
    }

    @Test func aConfigurationWithAFaultIsNotServed() async throws {
        await #expect(throws: HTTPServerError.self) {
            try await serve {
                $0.port = 70_000
            } _: { _, _ in
            }
        }
    }
}
