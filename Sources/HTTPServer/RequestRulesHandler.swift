import NIOCore
import NIOHTTP1

/// Sees to what RFC 9110 and RFC 9112 ask of a server whatever a request is about: the `Host` field, `Expect`, and methods
/// that nobody knows. It stays next to the HTTP codec for the life of a connection, until a WebSocket begins.
///
/// What it finds wrong is answered in its turn by `RequestRulesMiddleware`, to which it passes a field of its own.
package final class RequestRulesHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// What is wrong with a request's head.
    package enum Fault: String {
        /// HTTP/1.1 without `Host`, with several, or with one that is none (RFC 9112 section 3.2).
        case host
        /// `Expect` asks for something else than `100-continue` (RFC 9110 section 10.1.1).
        case expectation
    }

    /// The field under which the fault reaches the middleware; one that came from outside is taken off.
    static let faultField = "Forestage-Request-Fault"

    private let peek: RequestLinePeek
    /// Requests whose response is not at its end.
    private var unanswered = 0
    /// Whether a client waits for `100 Continue` until the responses before its own are written.
    private var owesContinue = false

    package init(peek: RequestLinePeek) { self.peek = peek }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(var head):
            unanswered += 1
            head.headers.remove(name: Self.faultField)
            if let fault = Self.fault(of: head) { head.headers.add(name: Self.faultField, value: fault.rawValue) }
            owesContinue = head.version.isAtLeast11 && Self.expectations(of: head) == ["100-continue"]
            context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            if unanswered == 1 { payContinue(context) }
        case .body:
            // The client does not wait, so there is nothing to tell it.
            owesContinue = false
            context.fireChannelRead(data)
        case .end:
            context.fireChannelRead(data)
        }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEnd = if case .end = Self.unwrapOutboundIn(data) { true } else { false }
        context.write(data, promise: promise)
        guard isEnd else { return }
        unanswered -= 1
        if unanswered == 1 { payContinue(context) }
        if unanswered == 0 { owesContinue = false }
    }

    /// Tells the client to send its body (RFC 9110 section 15.2.1).
    private func payContinue(_ context: ChannelHandlerContext) {
        guard owesContinue else { return }
        owesContinue = false
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
    }

    /// What cannot be parsed is answered here unless responses are under way, whose writer then answers it.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else {
            context.fireErrorCaught(error)
            return
        }
        // RFC 9110 section 9.1: 501 for a method that is not recognized.
        let isMethod = error == .invalidMethod && peek.beginsWithMethod
        let head = HTTPResponseHead(
            version: .http1_1, status: isMethod ? .notImplemented : .badRequest,
            headers: ["Connection": "close", "Content-Length": "0"])
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    /// What is wrong with the head; `nil` if nothing is.
    package static func fault(of head: HTTPRequestHead) -> Fault? {
        let hosts = head.headers["Host"]
        if hosts.count > 1 || (hosts.isEmpty && head.version.isAtLeast11) || !hosts.allSatisfy(isHost) { return .host }
        let expectations = expectations(of: head)
        return expectations.isEmpty || expectations == ["100-continue"] ? nil : .expectation
    }

    private static func expectations(of head: HTTPRequestHead) -> Set<String> {
        Set(head.headers[canonicalForm: "Expect"].map { $0.lowercased() })
    }

    /// Whether the text can be a host with or without a port (RFC 3986 section 3.2.2); an empty one is allowed (RFC 9112
    /// section 3.2).
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { octet in
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            // Unreserved, sub-delims, percent, and the marks of ports and literal addresses; never a user, path or query.
            default: "-._~!$&'()*+,;=%:[]".utf8.contains(octet)
            }
        }
    }
}

extension HTTPVersion {
    /// Whether this is HTTP/1.1 or later.
    package var isAtLeast11: Bool { (major, minor) >= (1, 1) }
}
