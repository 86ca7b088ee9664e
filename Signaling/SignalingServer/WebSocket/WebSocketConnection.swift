import NIOCore
import SignalingProtocol

/// Input of a WebSocket session.
enum WebSocketInput: Equatable, Sendable {
    case text(String)
    /// The client has all events up to this one.
    case acknowledged(seq: Int)
    /// The client broke the rules of the protocol; the connection ends.
    case violated
    /// The server ends: say so and close.
    case serverStopping
}

/// One WebSocket as its session sees it. Sending never waits: a client that does not read is closed by the limit of what
/// may wait for it.
final class WebSocketConnection: SessionConnection {
    /// The client's address, as trusted proxies tell it, for logs.
    let client: String
    let bearerToken: String?
    private let handler: NIOLoopBound<WebSocketMessageHandler>
    private let eventLoop: any EventLoop

    init(_ handler: WebSocketMessageHandler, channel: any Channel, client: String?, bearerToken: String?) {
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.bearerToken = bearerToken
        eventLoop = channel.eventLoop
        self.client = client ?? "unknown"
    }

    func send(_ text: String) {
        eventLoop.execute { [handler] in handler.value.send(text) }
    }

    func send(_ text: [UInt8], seq: Int) {
        eventLoop.execute { [handler] in handler.value.send(text, seq: seq) }
    }

    func penalize() {
        eventLoop.execute { [handler] in handler.value.penalize() }
    }

    func close(_ code: CloseCode, _ reason: String) {
        eventLoop.execute { [handler] in handler.value.close(code, reason) }
    }
}
