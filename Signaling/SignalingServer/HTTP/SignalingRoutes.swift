import Admission
import HTTPServer
import HTTPTypes
import Hummingbird
import SignalingProtocol

/// What signaling serves over plain HTTP: the configuration, tokens, and the reason why a WebSocket was refused.
struct SignalingRoutes: HTTPFront {
    let policy: UpgradePolicy
    let connections: ConnectionCount
    let tokens: TokenRoute
    /// What `GET /v1/configuration` answers.
    let document: ConfigurationDocument
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int

    /// Octets of a request's body.
    static let bodyLimit = 16 * 1024

    func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/v1/configuration") { _, _ in jsonResponse(document) }
        router.get("\(UpgradePolicy.path)") { request, context -> Response in
            throw refusal(of: request, from: context.source)
        }
        router.post("/v1/tokens") { request, _ in try await tokens.response(to: request) }
    }

    func methods(at path: String) -> String? {
        switch path {
        case "/v1/configuration", UpgradePolicy.path: "GET, HEAD, OPTIONS"
        case "/v1/tokens": "POST, OPTIONS"
        default: nil
        }
    }

    func crossOriginMethods(at path: String) -> String? {
        switch path {
        case "/v1/configuration": "GET, HEAD"
        // A page that was not let in asks why: the WebSocket does not tell it.
        case UpgradePolicy.path: "GET, HEAD"
        case "/v1/tokens": "POST"
        default: nil
        }
    }

    /// Why the upgrade did not happen.
    private func refusal(of request: Request, from source: RequestSource) -> HTTPFailure {
        let names = request.headers
        let wanted = UpgradePolicy.Request(
            method: request.method.rawValue, path: request.uri.path, source: source, origins: names[values: .origin],
            authorization: names[.authorization],
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

    /// A name known to be one.
    private init(unchecked name: String) {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header") }
        self = name
    }
}
