import Admission
import HTTPServer
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOPosix
import NIOWebSocket
import SignalingProtocol

/// What runs on one WebSocket until it is closed. Its task is cancelled when the server ends.
typealias WebSocketSession =
    @Sendable (WebSocketConnection, NIOAsyncChannelInboundStream<WebSocketInput>) async -> Void

/// One TCP connection of the server: HTTP, or a WebSocket after a first request that asks for one.
struct SignalingChannel: HTTPChannelHandler {
    /// The protocol of a connection after its first request.
    enum Upgraded: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(NIOAsyncChannel<WebSocketInput, Never>, WebSocketConnection)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let upgraded: EventLoopFuture<Upgraded>
    }

    let responder: Responder
    let configuration: SignalingConfiguration
    let http: HTTPConfiguration
    let policy: UpgradePolicy
    let connections: ConnectionCount
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int
    let session: WebSocketSession

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let peer = channel.remoteAddress?.ipAddress
            let firstRequest = FirstRequestHandler(timeout: http.firstRequestTimeout) { head in
                // Where the upgrade is refused, the HTTP responder says why; HTTP/1.0 has none (RFC 6455 section 4.2.1).
                let request = UpgradePolicy.Request(head, source: policy.source(of: head, peer: peer))
                return policy.refusal(of: request, now: secondsSince1970()) == nil && connections.hasRoom
                    && head.version.isAtLeast11 && RequestRulesHandler.fault(of: head) == nil
            }
            let peek = RequestLinePeek()
            let rules = RequestRulesHandler(peek: peek)
            let firstRequestBound = NIOLoopBound(firstRequest, eventLoop: channel.eventLoop)
            let httpOnly = NIOLoopBound([peek, rules] as [any RemovableChannelHandler], eventLoop: channel.eventLoop)
            let upgrader = NIOTypedWebSocketServerUpgrader<Upgraded>(
                maxFrameSize: ProtocolLimits.messageSize, enableAutomaticErrorHandling: false,
                shouldUpgrade: { channel, _ in
                    channel.eventLoop.makeSucceededFuture(["Sec-WebSocket-Protocol": ProtocolLimits.subprotocol])
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        channel.pipeline.syncOperations.removeHandler(firstRequestBound.value, promise: nil)
                        for handler in httpOnly.value {
                            channel.pipeline.syncOperations.removeHandler(handler, promise: nil)
                        }
                        return try webSocket(channel, head)
                    }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration<Upgraded>(
                upgradeConfiguration: .init(upgraders: [upgrader]) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        channel.pipeline.syncOperations.removeHandler(firstRequestBound.value, promise: nil)
                        return .http(
                            try channel.addHTTPHandlers(
                                isSecure: http.https != nil, idleTimeout: http.idleTimeout, logger: logger))
                    }
                })
            // NIOAsyncChannel reads one request after the other, so pipelined ones need no help.
            pipeline.enablePipelining = false
            // Octets that are no HTTP are answered by `RequestRulesHandler`, or by `handleHTTP` while responses are
            // under way.
            pipeline.enableErrorHandling = false
            pipeline.decoderConfiguration = .requestHeads
            let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: pipeline)
            let upgradeHandler = try channel.pipeline.syncOperations.handler(
                type: NIOTypedHTTPServerUpgradeHandler<Upgraded>.self)
            try channel.pipeline.syncOperations.addHandler(firstRequest, position: .before(upgradeHandler))
            try channel.pipeline.syncOperations.addHandler(rules, position: .before(firstRequest))
            try channel.pipeline.syncOperations.addHandler(peek, position: .first)
            return Value(channel: channel, upgraded: upgraded)
        }
    }

    private func webSocket(_ channel: any Channel, _ head: HTTPRequestHead) throws -> Upgraded {
        let handler = WebSocketMessageHandler(configuration: configuration, now: channel.eventLoop.now)
        try channel.pipeline.syncOperations.addHandler(handler)
        // Nothing is written through this one, so its writer ends at once, which must not close the connection's output.
        let asyncChannel = try NIOAsyncChannel<WebSocketInput, Never>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: false))
        let token = head.headers.first(name: "Authorization").flatMap(BearerToken.init(parsing:))?.text
        let client = policy.source(of: head, peer: channel.remoteAddress?.ipAddress).address
        return .webSocket(
            asyncChannel,
            WebSocketConnection(handler, channel: channel, client: client, bearerToken: token))
    }

    func handle(value: Value, logger: Logger) async {
        let upgraded: Upgraded?
        do {
            upgraded = try await withTaskCancellationHandler {
                try await value.upgraded.get()
            } onCancel: {
                // Before the first request this closes the connection; after it the pipeline's last handler knows what
                // to do.
                value.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        } catch {
            logger.debug("connection ended before its first request", metadata: ["error": "\(error)"])
            upgraded = nil
        }
        switch upgraded {
        case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
        case .webSocket(let channel, let connection): await handleWebSocket(channel, connection, logger)
        case nil: value.channel.close(promise: nil)
        }
    }

    private func handleWebSocket(
        _ channel: NIOAsyncChannel<WebSocketInput, Never>, _ connection: WebSocketConnection, _ logger: Logger
    ) async {
        logger.debug("WebSocket opened", metadata: ["client": "\(connection.client)"])
        connections.enter()
        defer { connections.leave() }
        do {
            try await channel.executeThenClose { inbound in
                await session(connection, inbound)
                // Nothing happens here where the session has closed already.
                connection.close(Task.isCancelled ? .goingAway : .normal, "")
                try await channel.channel.closeFuture.get()
            }
        } catch {
            logger.debug("WebSocket ended", metadata: ["client": "\(connection.client)", "error": "\(error)"])
        }
    }
}

extension UpgradePolicy {
    /// Who asks for an upgrade; `peer` is the address of the connection's other end.
    fileprivate func source(of head: HTTPRequestHead, peer: String?) -> RequestSource {
        proxies.source(peer: peer, authority: head.headers.first(name: "Host")) { head.headers[$0] }
    }
}

extension UpgradePolicy.Request {
    /// The request as the upgrade sees it.
    fileprivate init(_ head: HTTPRequestHead, source: RequestSource) {
        self.init(
            method: head.method.rawValue,
            path: head.uri.split(separator: "?", maxSplits: 1).first.map(String.init) ?? "",
            source: source, origins: head.headers["Origin"],
            authorization: head.headers.first(name: "Authorization"),
            upgrades: head.headers["Upgrade"], connections: head.headers["Connection"],
            keys: head.headers["Sec-WebSocket-Key"], versions: head.headers["Sec-WebSocket-Version"],
            subprotocols: head.headers["Sec-WebSocket-Protocol"],
            hasBody: head.headers.contains(name: "Transfer-Encoding")
                || head.headers["Content-Length"].contains { $0 != "0" })
    }
}
