import Admission
import Foundation
import HTTPServer
import HTTPTypes
import SignalingProtocol

/// Who may open a WebSocket: path, Origin, token, subprotocol. The same decision serves the upgrade and the plain HTTP
/// answer to a refused one.
struct UpgradePolicy: Sendable {
    /// The fields of a request that decide about the upgrade.
    struct Request: Sendable {
        var method: String
        /// Without the query.
        var path: String
        /// Who asks, and by which host; `nil` in it where there is no `Host`.
        var source: RequestSource
        /// Every value of `Origin`.
        var origins: [String]
        var authorization: String?
        /// Every value of `Upgrade`.
        var upgrades: [String]
        /// Every value of `Connection`.
        var connections: [String]
        /// Every value of `Sec-WebSocket-Key`.
        var keys: [String]
        /// Every value of `Sec-WebSocket-Version`.
        var versions: [String]
        /// Every value of `Sec-WebSocket-Protocol`.
        var subprotocols: [String]
        /// Whether octets follow the head.
        var hasBody: Bool
    }

    static let path = "/v1/signal"

    let origins: OriginPolicy
    let proxies: TrustedProxies
    let admission: TokenAdmission

    /// Why the request is refused; `nil` if it is not.
    /// - Parameter now: seconds since 1970.
    func refusal(of request: Request, now: Int) -> HTTPFailure? {
        guard request.path == Self.path else {
            return HTTPFailure(.notFound, "notFound", "there is no \(request.path)")
        }
        guard origins.answers(authority: request.source.authority) else { return .wrongHost(request.source) }
        let origin = request.origins.isEmpty ? nil : request.origins.joined(separator: ", ")
        guard !origins.verdict(origin: origin, source: request.source).isRefused else {
            return .wrongOrigin(origin, request.source)
        }
        if let authorization = request.authorization {
            guard let token = BearerToken(parsing: authorization) else {
                return HTTPFailure(.unauthorized, "badToken", "the Authorization header must be: Bearer TOKEN")
            }
            do {
                _ = try admission.claims(of: token.text, now: now)
            } catch {
                return HTTPFailure(.unauthorized, "badToken", "\(error)")
            }
        }
        guard request.method == "GET", Self.tokens(request.upgrades).contains("websocket") else {
            return HTTPFailure(.badRequest, "notAnUpgrade", "\(Self.path) takes WebSocket connections only")
        }
        if let failure = Self.handshakeFailure(of: request) { return failure }
        let offered = request.subprotocols.flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces() }
        guard offered.contains(ProtocolLimits.subprotocol[...]) else {
            return HTTPFailure(
                .badRequest, "wrongSubprotocol",
                "Sec-WebSocket-Protocol must offer \(ProtocolLimits.subprotocol)")
        }
        return nil
    }

    /// The version of the protocol that is spoken (RFC 6455).
    static let version = "13"
    /// Octets of a key's nonce.
    static let nonceOctets = 16

    /// The first violation of RFC 6455 section 4.2.1, items 2 to 6; `nil` without any.
    private static func handshakeFailure(of request: Request) -> HTTPFailure? {
        guard request.source.authority != nil else {
            return HTTPFailure(.badRequest, "badUpgrade", "the Host field is missing")
        }
        guard tokens(request.connections).contains("upgrade") else {
            return HTTPFailure(.badRequest, "badUpgrade", "Connection must hold Upgrade (RFC 6455 section 4.2.1)")
        }
        // Section 4.4: another version is told which one is spoken.
        guard request.versions.map({ $0[...].trimmingSpaces() }) == [version[...]] else {
            return HTTPFailure(
                .upgradeRequired, "wrongVersion", "Sec-WebSocket-Version must be \(version)",
                fields: [.secWebSocketVersion: version, .upgrade: "websocket", .connection: "Upgrade"])
        }
        guard request.keys.count == 1, isNonce(request.keys[0][...].trimmingSpaces()) else {
            return HTTPFailure(
                .badRequest, "badUpgrade", "Sec-WebSocket-Key must be one value, \(nonceOctets) octets in base64")
        }
        guard !request.hasBody else { return HTTPFailure(.badRequest, "badUpgrade", "the request has a body") }
        return nil
    }

    /// Whether the text is base64 of as many octets as a nonce has (RFC 6455 section 4.1, item 7).
    private static func isNonce(_ text: Substring) -> Bool {
        Data(base64Encoded: String(text))?.count == nonceOctets
    }

    /// The words of a list field, in lower case.
    private static func tokens(_ values: [String]) -> Set<String> {
        Set(values.flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces().lowercased() })
    }
}

extension HTTPField.Name {
    fileprivate static let secWebSocketVersion: HTTPField.Name = {
        guard let name = HTTPField.Name("Sec-WebSocket-Version") else { preconditionFailure("a field name") }
        return name
    }()
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
