import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A WebSocket to a server: text out, text in. Ends when the task that runs it is cancelled, or when the server closes.
package final class WebSocketLink: Sendable {
    /// Octets of the largest frame that is read.
    static let maximumFrame = 1 << 20

    private enum Upgrade {
        case done(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused
    }

    private let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private let outgoing: AsyncStream<WebSocketFrame>
    private let feed: AsyncStream<WebSocketFrame>.Continuation

    private init(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) {
        self.channel = channel
        (outgoing, feed) = AsyncStream.makeStream(of: WebSocketFrame.self)
    }

    /// Connects and upgrades.
    ///
    /// - Throws: `DoorError.cannotConnect`, or `.refused` where the server does not want a WebSocket.
    package static func open(
        _ endpoint: Endpoint, subprotocol: String, headers extra: [(String, String)] = [], group: any EventLoopGroup
    ) async throws(DoorError) -> WebSocketLink {
        do {
            let outcome: EventLoopFuture<Upgrade> = try await ClientBootstrap(group: group)
                .connectTimeout(HTTPRequester.connectTimeout)
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls = try endpoint.tlsHandler() {
                            try channel.pipeline.syncOperations.addHandler(tls)
                        }
                        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(
                            maxFrameSize: maximumFrame,
                            upgradePipelineHandler: { channel, _ in
                                channel.eventLoop.makeCompletedFuture {
                                    .done(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                                }
                            })
                        var headers = HTTPHeaders([("Host", endpoint.authority), ("Content-Length", "0")])
                        headers.add(name: "Sec-WebSocket-Protocol", value: subprotocol)
                        for (name, value) in extra { headers.add(name: name, value: value) }
                        let head = HTTPRequestHead(
                            version: .http1_1, method: .GET, uri: endpoint.path, headers: headers)
                        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
                            upgradeRequestHead: head, upgraders: [upgrader],
                            notUpgradingCompletionHandler: { channel in
                                channel.eventLoop.makeCompletedFuture { .refused }
                            })
                        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                            configuration: .init(upgradeConfiguration: configuration))
                    }
                }
            switch try await outcome.get() {
            case .done(let channel): return WebSocketLink(channel)
            case .refused: throw DoorError.cannotConnect("the server refused the WebSocket")
            }
        } catch let error as DoorError {
            throw error
        } catch {
            throw .cannotConnect(DoorError.explanation(of: error))
        }
    }

    /// Sends a text message.
    package func send(_ text: String) {
        feed.yield(
            WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text)))
    }

    /// Says goodbye; `run` ends when the server answers.
    package func close() {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: .normalClosure)
        feed.yield(WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data))
    }

    /// Carries messages until the connection ends; `each` gets the text of each message.
    package func run(_ each: @escaping @Sendable (String) async -> Void) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await frame in self.outgoing {
                        try await outbound.write(frame)
                        if frame.opcode == .connectionClose { return }
                    }
                }
                var message = ""
                reading: for try await frame in inbound {
                    switch frame.opcode {
                    case .text, .continuation:
                        message += String(buffer: frame.unmaskedData)
                        if frame.fin {
                            await each(message)
                            message = ""
                        }
                    case .ping:
                        self.feed.yield(
                            WebSocketFrame(
                                fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData))
                    case .connectionClose: break reading
                    default: break
                    }
                }
                self.feed.finish()
                group.cancelAll()
            }
        }
    }
}
