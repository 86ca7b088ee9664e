import NIOCore
import NIOHTTP1

/// Stands before the upgrade handler for a connection's first request. It closes a connection whose request does not come
/// in time or that is idle when the server ends, and hides a request to upgrade that is refused: NIO's upgrade handler
/// forgets the head of a request that no upgrader takes, so that it could not be answered.
///
/// It leaves the pipeline once the request has decided between HTTP and WebSocket.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The name under which a refused `Upgrade` header reaches the HTTP responder.
    static let refusedUpgrade = "Refused-Upgrade"

    private let timeout: TimeAmount
    private let mayUpgrade: (HTTPRequestHead) -> Bool
    private var deadline: Scheduled<Void>?

    init(timeout: Duration, mayUpgrade: @escaping (HTTPRequestHead) -> Bool) {
        self.timeout = TimeAmount(timeout)
        self.mayUpgrade = mayUpgrade
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: timeout) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = Self.unwrapInboundIn(data), head.headers.contains(name: "Upgrade"),
            !mayUpgrade(head)
        else {
            context.fireChannelRead(data)
            return
        }
        let wanted = head.headers["Upgrade"].joined(separator: ", ")
        head.headers.remove(name: "Upgrade")
        head.headers.replaceOrAdd(name: Self.refusedUpgrade, value: wanted)
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
