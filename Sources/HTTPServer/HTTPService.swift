import Hummingbird
import HummingbirdCore
import Logging

/// The HTTP server: its listeners, and the fronts that register with it.
package struct HTTPService: Sendable {
    private let configuration: HTTPConfiguration
    private let fronts: [any HTTPFront]
    private let operatorPages: [any HTTPFront]
    private let connections: HTTPConnections
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void
    private let onRedirectListening: @Sendable (_ port: Int) async -> Void
    private let onMetricsListening: @Sendable (_ port: Int) async -> Void

    /// - Parameters:
    ///   - fronts: what is served; the web files come after them.
    ///   - operatorPages: pages for operators alone, each of which asks the `OperatorGuard`. They are served at the address of
    ///     their own where the configuration has one, else with everything else.
    ///   - connections: how connections are handled: by default as HTTP/1.1. A front that turns connections into
    ///     something else, such as WebSockets, brings its own. With HTTPS they are within TLS.
    ///   - onListening: told the port once the server listens.
    ///   - onRedirectListening: told the port of plain HTTP once it listens beside HTTPS.
    ///   - onMetricsListening: told the port of the operators' pages once it listens, where they have one of their own.
    package init(
        configuration: HTTPConfiguration, fronts: [any HTTPFront], operatorPages: [any HTTPFront] = [],
        connections: HTTPConnections? = nil, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
        onRedirectListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
        onMetricsListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.fronts = fronts
        self.operatorPages = operatorPages
        self.connections = connections ?? Self.plainHTTP(configuration, isSecure: configuration.https != nil)
        self.logger = logger
        self.onListening = onListening
        self.onRedirectListening = onRedirectListening
        self.onMetricsListening = onMetricsListening
    }

    /// Serves until the task is cancelled or the surrounding service group shuts down.
    /// - Throws: `HTTPServerError` where it cannot listen, cannot find its files, or is set up wrongly.
    package func run() async throws {
        if let problem = configuration.validate().first { throw HTTPServerError(problem) }
        let files = try FilesFront(configuration)
        let pages = configuration.metricsAddress == nil ? operatorPages : []
        let https = configuration.https
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                try await serve(
                    fronts + pages + [files], host: configuration.host, port: configuration.port,
                    option: https == nil ? "--http" : "--https", connections, within: https
                ) { port in
                    listening.yield(port)
                    await onListening(port)
                }
            }
            if let address = https?.redirectAddress {
                group.addTask { [self] in
                    // The address over HTTPS is known once that listens.
                    guard let port = await ports.first(where: { _ in true }) else { return }
                    try await serve(
                        [RedirectFront(port: port)], host: address.host, port: address.port, option: "--http",
                        Self.plainHTTP(configuration), onRedirectListening)
                }
            }
            if let address = configuration.metricsAddress {
                group.addTask { [self] in
                    try await serve(
                        operatorPages, host: address.host, port: address.port, option: "metrics.address",
                        Self.plainHTTP(configuration), onMetricsListening)
                }
            }
            defer { group.cancelAll() }
            // One that cannot listen ends both.
            try await group.next()
        }
    }

    /// The routes of a listener, behind the rules of CORS and of HTTP.
    private func router(of fronts: [any HTTPFront], isStrict: Bool) -> Router<ServerRequestContext> {
        let fronts = HTTPFronts(fronts: fronts)
        let router = Router(context: ServerRequestContext.self, options: .autoGenerateHeadEndpoints)
        if isStrict { router.add(middleware: TransportSecurityMiddleware()) }
        // Outside of the request rules: a page reads refusals too.
        router.add(
            middleware: CrossOriginMiddleware(
                origins: configuration.origins, proxies: configuration.proxies, methods: fronts.crossOriginMethods(at:))
        )
        router.add(middleware: RequestRulesMiddleware(methods: fronts.methods(at:)))
        fronts.addRoutes(to: router)
        return router
    }

    private func serve(
        _ fronts: [any HTTPFront], host: String, port: Int, option: String, _ connections: HTTPConnections,
        within https: HTTPSConfiguration? = nil, _ onListening: @escaping @Sendable (_ port: Int) async -> Void
    ) async throws {
        try await Listener().run(host: host, port: port, option: option) { listening in
            Application(
                router: router(of: fronts, isStrict: https?.isStrict == true),
                server: connections.builder(within: https?.certificates),
                configuration: .init(address: .hostname(host, port: port)),
                onServerRunning: { channel in
                    await listening(channel)
                    await onListening(channel.localAddress?.port ?? 0)
                }, logger: logger)
        }
    }

    private static func plainHTTP(
        _ configuration: HTTPConfiguration, isSecure: Bool = false
    ) -> HTTPConnections {
        HTTPConnections { responder in
            PlainHTTPChannel(
                responder: responder, isSecure: isSecure, firstRequestTimeout: configuration.firstRequestTimeout,
                idleTimeout: configuration.idleTimeout)
        }
    }
}
