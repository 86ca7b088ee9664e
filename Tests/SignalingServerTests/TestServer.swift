import AccessTokens
import Admission
import Foundation
import HTTPServer
import Logging
import NIOCore
import Rooms
import SignalingProtocol

@testable import SignalingServer

/// The configuration of a test's server: that of signaling and that of HTTP, by the names of their values.
@dynamicMemberLookup
struct TestConfiguration: Sendable {
    var signaling = SignalingConfiguration()
    var http = HTTPConfiguration()

    init() {
        http.port = 0
        signaling.closeTimeout = .seconds(60)
    }

    subscript<Value>(dynamicMember path: WritableKeyPath<SignalingConfiguration, Value>) -> Value {
        get { signaling[keyPath: path] }
        set { signaling[keyPath: path] = newValue }
    }

    subscript<Value>(dynamicMember path: WritableKeyPath<HTTPConfiguration, Value>) -> Value {
        get { http[keyPath: path] }
        set { http[keyPath: path] = newValue }
    }
}

/// A server on a free port whose sessions send every text back.
enum TestServer {
    static let now = 1_800_000_000

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func key() throws -> APIKey { try APIKey(key: "FStest", secret: "0123456789abcdef0123456789abcdef") }

    static let echo: WebSocketSession = { connection, inputs in
        do {
            for try await input in inputs {
                if case .text(let text) = input {
                    connection.send(text)
                } else if input == .serverStopping {
                    connection.close(.goingAway, "stopping")
                }
            }
        } catch {}
    }

    static func run<Result: Sendable>(
        _ configure: (inout TestConfiguration) -> Void = { _ in }, session: @escaping WebSocketSession = echo,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        var configuration = TestConfiguration()
        configure(&configuration)
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let key = try key()
        let front = SignalingFront(
            configuration: configuration.signaling, http: configuration.http,
            admission: TokenAdmission(isDevelopment: configuration.isDevelopment, keys: [key]),
            signer: AccessTokenSigner(key: key), admissions: Admissions { now },
            document: ConfigurationDocument(
                development: configuration.isDevelopment, codecs: .init(audio: ["opus"], video: ["VP8"]),
                iceServers: [],
                limits: .init(slots: 32)),
            secondsSince1970: { now }, session: session)
        let metrics = MetricsPage(access: configuration.http.operatorGuard) {
            "forestage_signaling_connections \(front.openConnections)\n"
        }
        let server = HTTPService(
            configuration: configuration.http, fronts: [HealthPage { true }, front], operatorPages: [metrics],
            connections: front.connections, logger: quiet, onListening: { listening.yield($0) })
        return try await run(ports, server.run, body)
    }

    /// Runs `server` beside `body`, which is told the port, and ends it afterwards.
    static func run<Result: Sendable>(
        _ ports: AsyncStream<Int>, _ server: @escaping @Sendable () async throws -> Void,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server()
                return nil
            }
            group.addTask {
                for await port in ports { return try await body(port) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }
}
