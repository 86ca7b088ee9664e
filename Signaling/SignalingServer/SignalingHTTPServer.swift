import AccessTokens
import Admission
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Rooms
import SignalingProtocol

/// The HTTP server with its WebSockets, whoever serves these.
struct SignalingHTTPServer: Sendable {
    let configuration: SignalingConfiguration
    let admission: TokenAdmission
    /// Signs the tokens of development mode.
    let signer: AccessTokenSigner?
    /// Who stays out, and which invitations are good.
    let admissions: Admissions
    let document: ConfigurationDocument
    let metrics: @Sendable (_ connections: Int) async -> String
    let isHealthy: @Sendable () async -> Bool
    var session: WebSocketSession
    let logger: Logger
    /// What `GET /v1/rooms/{room}/debug` tells; see `RoomRegistry.report`.
    var report: @Sendable (_ room: String, _ participant: String?, _ offset: Int) async -> RoomReport? = { _, _, _ in
        nil
    }
    /// Adds what others serve on the same port.
    var otherRoutes: @Sendable (Router<BasicRequestContext>) -> Void = { _ in }
    /// Told the port once the server listens.
    var onListening: @Sendable (_ port: Int) async -> Void = { _ in }
    /// Told the port of the metrics once it listens, where they have one of their own.
    var onMetricsListening: @Sendable (_ port: Int) async -> Void = { _ in }
    /// Seconds since 1970.
    var secondsSince1970: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }

    /// Serves until the task is cancelled or the surrounding service group shuts down.
    /// - Throws: `SignalingServiceError` where it cannot listen or find its files.
    func run() async throws {
        let policy = UpgradePolicy(
            origins: OriginPolicy(allowedOrigins: configuration.allowedOrigins), admission: admission)
        let connections = ConnectionCount(limit: configuration.maximumConnections)
        let folders = [("/", configuration.webDirectory), ("/client/", configuration.clientDirectory)]
            .compactMap { prefix, path in path.map { (prefix: prefix, path: $0) } }
        let files = try StaticFiles(folders)
        let isDevelopment = configuration.isDevelopment
        let access = OperatorGuard(token: configuration.metricsToken)
        let hasOperatorsAddress = configuration.metricsAddress != nil
        let debug = DebugRoute(access: access, isOpen: isDevelopment || hasOperatorsAddress, report: report)
        let metrics = MetricsRoute(access: access) { [metrics] in
            await metrics(connections.current)
        }
        let routes = Routes(
            configuration: configuration, policy: policy, connections: connections,
            tokens: TokenRoute(
                configuration: configuration, policy: policy, signer: signer,
                invitations: InvitationDesk(signer: signer, verifier: admission.verifier, admissions: admissions),
                secondsSince1970: secondsSince1970), document: document,
            metrics: hasOperatorsAddress ? nil : metrics, debug: hasOperatorsAddress ? nil : debug,
            isHealthy: isHealthy,
            secondsSince1970: secondsSince1970, files: { isDevelopment ? try StaticFiles(folders) : files },
            others: otherRoutes)
        let server = HTTPServerBuilder { [configuration, secondsSince1970, session] responder in
            SignalingChannel(
                responder: responder, configuration: configuration, policy: policy, connections: connections,
                secondsSince1970: secondsSince1970, session: session)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                try await Listener().run(host: configuration.host, port: configuration.port) { listening in
                    Application(
                        router: routes.router(), server: server,
                        configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
                        onServerRunning: { [onListening] channel in
                            await listening(channel)
                            await onListening(channel.localAddress?.port ?? 0)
                        }, logger: logger)
                }
            }
            if let address = configuration.metricsAddress {
                group.addTask { [self] in try await serve(metrics, debug, at: address) }
            }
            defer { group.cancelAll() }
            // One that cannot listen ends both.
            try await group.next()
        }
    }

    /// Serves what is for operators alone.
    private func serve(_ metrics: MetricsRoute, _ debug: DebugRoute, at address: (host: String, port: Int)) async throws
    {
        let router = Router(options: .autoGenerateHeadEndpoints)
        metrics.add(to: router)
        debug.add(to: router)
        try await Listener().run(host: address.host, port: address.port, option: "metrics.address") { listening in
            Application(
                router: router, configuration: .init(address: .hostname(address.host, port: address.port)),
                onServerRunning: { [onMetricsListening] channel in
                    await listening(channel)
                    await onMetricsListening(channel.localAddress?.port ?? 0)
                }, logger: logger)
        }
    }
}
