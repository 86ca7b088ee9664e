import AccessTokens
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
    /// Checks tokens; `nil` where there is no API key.
    let verifier: AccessTokenVerifier?
    /// Signs the tokens of development mode.
    let signer: AccessTokenSigner?
    /// Who stays out, and which invitations are good.
    let admissions: Admissions
    let document: ConfigurationDocument
    let metrics: @Sendable (_ connections: Int) async -> String
    let isHealthy: @Sendable () async -> Bool
    var session: WebSocketSession
    let logger: Logger
    /// Adds what others serve on the same port.
    var otherRoutes: @Sendable (Router<BasicRequestContext>) -> Void = { _ in }
    /// Told the port once the server listens.
    var onListening: @Sendable (_ port: Int) async -> Void = { _ in }
    /// Seconds since 1970.
    var secondsSince1970: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }

    /// Serves until the task is cancelled or the surrounding service group shuts down.
    /// - Throws: `SignalingServiceError` where it cannot listen or find its files.
    func run() async throws {
        let policy = UpgradePolicy(allowedOrigins: configuration.allowedOrigins, verifier: verifier)
        let connections = ConnectionCount(limit: configuration.maximumConnections)
        let folders = [("/", configuration.webDirectory), ("/client/", configuration.clientDirectory)]
            .compactMap { prefix, path in path.map { (prefix: prefix, path: $0) } }
        let files = try StaticFiles(folders)
        let isDevelopment = configuration.isDevelopment
        let routes = Routes(
            configuration: configuration, policy: policy, connections: connections,
            tokens: TokenRoute(
                configuration: configuration, policy: policy, signer: signer,
                invitations: InvitationDesk(signer: signer, verifier: verifier, admissions: admissions),
                secondsSince1970: secondsSince1970), document: document,
            metrics: { [metrics] in await metrics(connections.current) }, isHealthy: isHealthy,
            secondsSince1970: secondsSince1970, files: { isDevelopment ? try StaticFiles(folders) : files },
            others: otherRoutes)
        let server = HTTPServerBuilder { [configuration, secondsSince1970, session] responder in
            SignalingChannel(
                responder: responder, configuration: configuration, policy: policy, connections: connections,
                secondsSince1970: secondsSince1970, session: session)
        }
        let application = Application(
            router: routes.router(), server: server,
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch is CancellationError {
            return
        } catch {
            throw SignalingServiceError(error, host: configuration.host, port: configuration.port)
        }
    }
}
