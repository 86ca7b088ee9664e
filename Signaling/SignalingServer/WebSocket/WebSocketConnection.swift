import NIOCore
import SignalingProtocol

/// Input of a WebSocket session.
enum WebSocketInput: Equatable, Sendable {
    case text(String)
    /// The server ends: say so and close.
    case serverStopping
}

/// One WebSocket as its session sees it. Sending never waits: a client that does not read is closed by the limit of what
/// may wait for it.
final class WebSocketConnection: Sendable {
    /// The client's address, as trusted proxies tell it, for logs.
    let client: String
    /// The token of the upgrade's `Authorization` header.
    let bearerToken: String?
    private let handler: NIOLoopBound<WebSocketMessageHandler>
    private let eventLoop: any EventLoop

    init(_ handler: WebSocketMessageHandler, channel: any Channel, client: String?, bearerToken: String?) {
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.bearerToken = bearerToken
        eventLoop = channel.eventLoop
        self.client = client ?? "unknown"
    }

    /// Sends a text message; one sent after `close` is dropped.
    func send(_ text: String) {
        eventLoop.execute { [handler] in handler.value.send(text) }
    }

    /// The same of UTF-8.
    func send(_ text: [UInt8]) {
        eventLoop.execute { [handler] in handler.value.send(text) }
    }

    /// Counts the last message as one that could not be read.
    func penalize() {
        eventLoop.execute { [handler] in handler.value.penalize() }
    }

    /// Closes after what was sent before; the first code given is the one that goes out.
    func close(_ code: CloseCode, _ reason: String) {
        eventLoop.execute { [handler] in handler.value.close(code, reason) }
    }
}
