import AccessTokens
import HTTPTypes
import SignalingProtocol

/// Who may open a WebSocket: path, Origin, token, subprotocol. The same decision serves the upgrade and the plain HTTP
/// answer to a refused one.
struct UpgradePolicy: Sendable {
    /// What the request's headers say.
    struct Request: Sendable {
        var method: String
        /// Without the query.
        var path: String
        var host: String?
        var origin: String?
        var authorization: String?
        var isUpgrade: Bool
        /// Every value of `Sec-WebSocket-Protocol`.
        var subprotocols: [String]
    }

    static let path = "/v1/signal"

    let allowedOrigins: Set<String>
    let verifier: AccessTokenVerifier?

    init(allowedOrigins: [String], verifier: AccessTokenVerifier?) {
        self.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
        self.verifier = verifier
    }

    /// Why the request is refused; `nil` if it is not.
    /// - Parameter now: seconds since 1970.
    func refusal(of request: Request, now: Int) -> HTTPFailure? {
        guard request.path == Self.path else {
            return HTTPFailure(.notFound, "notFound", "there is no \(request.path)")
        }
        guard isAllowed(origin: request.origin, host: request.host) else {
            return HTTPFailure(
                .forbidden, "wrongOrigin",
                "pages of \(request.origin ?? "") may not connect; add that origin to the allowed ones")
        }
        if let authorization = request.authorization {
            guard let token = Self.bearerToken(authorization) else {
                return HTTPFailure(.unauthorized, "badToken", "the Authorization header must be: Bearer TOKEN")
            }
            do {
                guard let verifier else { throw AccessTokenError.unknownKey }
                _ = try verifier.verify(token, now: now)
            } catch {
                return HTTPFailure(.unauthorized, "badToken", "\(error)")
            }
        }
        guard request.method == "GET", request.isUpgrade else {
            return HTTPFailure(.badRequest, "notAnUpgrade", "\(Self.path) takes WebSocket connections only")
        }
        let offered = request.subprotocols.flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces() }
        guard offered.contains(ProtocolLimits.subprotocol[...]) else {
            return HTTPFailure(
                .badRequest, "wrongSubprotocol",
                "Sec-WebSocket-Protocol must offer \(ProtocolLimits.subprotocol)")
        }
        return nil
    }

    /// A client without `Origin` is no browser; a browser's page must be the server's own or an allowed one.
    func isAllowed(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if allowedOrigins.contains("*") || allowedOrigins.contains(origin) { return true }
        guard let host = host?.lowercased() else { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let authority = origin.dropFirst(scheme.count)
            return !authority.isEmpty && Self.without(port, authority) == Self.without(port, host[...])
        }
        return false
    }

    private static func without(_ port: String, _ authority: Substring) -> Substring {
        authority.hasSuffix(port) ? authority.dropLast(port.count) : authority
    }

    /// The token of an `Authorization` header (RFC 6750 section 2.1).
    static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
