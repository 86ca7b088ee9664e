import HTTPTypes
import Hummingbird
import SignalingProtocol

/// What is served over plain HTTP.
struct Routes: Sendable {
    let configuration: SignalingConfiguration
    let policy: UpgradePolicy
    let connections: ConnectionCount
    let tokens: TokenRoute
    /// What `GET /v1/configuration` answers.
    let document: ConfigurationDocument
    /// `nil` where the metrics have a port of their own.
    let metrics: MetricsRoute?
    /// Likewise.
    let debug: DebugRoute?
    /// Whether the server still takes connections.
    let isHealthy: @Sendable () async -> Bool
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int
    /// The files; read anew for each request in development, so that a reload shows an edit.
    let files: @Sendable () throws -> StaticFiles
    /// What others serve on the same port; theirs comes before the files.
    var others: @Sendable (Router<BasicRequestContext>) -> Void = { _ in }

    /// Octets of a request's body.
    static let bodyLimit = 16 * 1024

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: CrossOriginMiddleware(policy: policy))
        router.add(middleware: RequestRulesMiddleware(methods: methods(at:)))
        others(router)
        router.get("/healthz") { _, _ in try await health() }
        metrics?.add(to: router)
        debug?.add(to: router)
        router.get("/v1/configuration") { _, _ in jsonResponse(document) }
        router.get("/v1/signal") { request, _ -> Response in throw refusal(of: request) }
        router.post("/v1/tokens") { request, _ in try await tokens.response(to: request) }
        router.get("/**") { request, _ in try files().response(to: request) }
        router.get("/") { request, _ in try files().response(to: request) }
        return router
    }

    /// The methods of a path that no route took; `nil` where there is no such path.
    private func methods(at path: String) -> String? {
        switch path {
        case "/healthz", "/metrics", "/v1/configuration", UpgradePolicy.path: return "GET, HEAD, OPTIONS"
        case "/v1/tokens": return "POST, OPTIONS"
        default:
            if debug != nil, let methods = DebugRoute.methods(at: path) { return methods }
            return (try? files())?[path] == nil ? nil : "GET, HEAD, OPTIONS"
        }
    }

    private func health() async throws -> Response {
        guard await isHealthy() else {
            throw HTTPFailure(.serviceUnavailable, "draining", "the server is about to end")
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: ByteBuffer(string: "ok\n")))
    }

    /// Why the upgrade did not happen.
    private func refusal(of request: Request) -> HTTPFailure {
        let names = request.headers
        let wanted = UpgradePolicy.Request(
            method: request.method.rawValue, path: request.uri.path, host: request.head.authority,
            origin: names[.origin], authorization: names[.authorization],
            upgrades: names[values: .refusedUpgrade], connections: names[values: .connection],
            keys: names[values: .secWebSocketKey], versions: names[values: .secWebSocketVersion],
            subprotocols: names[values: .secWebSocketProtocol],
            hasBody: names[.transferEncoding] != nil || (names[.contentLength] ?? "0") != "0")
        if let refusal = policy.refusal(of: wanted, now: secondsSince1970()) { return refusal }
        guard connections.hasRoom else {
            return HTTPFailure(.serviceUnavailable, "full", "the server has as many connections as it takes")
        }
        return HTTPFailure(.badRequest, "badUpgrade", "a WebSocket begins with the first request of a connection")
    }
}

extension HTTPField.Name {
    fileprivate static let refusedUpgrade = HTTPField.Name(unchecked: FirstRequestHandler.refusedUpgrade)
    fileprivate static let secWebSocketKey = HTTPField.Name(unchecked: "Sec-WebSocket-Key")
    fileprivate static let secWebSocketVersion = HTTPField.Name(unchecked: "Sec-WebSocket-Version")
    fileprivate static let secWebSocketProtocol = HTTPField.Name(unchecked: "Sec-WebSocket-Protocol")
}

extension HTTPField.Name {
    /// A name known to be one.
    private init(unchecked name: String) {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header") }
        self = name
    }
}
