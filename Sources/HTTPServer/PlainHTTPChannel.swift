import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A TCP connection that speaks HTTP/1.1 and nothing else.
struct PlainHTTPChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    /// Whether it is within TLS.
    let isSecure: Bool
    let firstRequestTimeout: Duration
    let idleTimeout: Duration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let peek = RequestLinePeek()
            try pipeline.addHandler(peek)
            // NIOAsyncChannel reads one request after the other; faults are answered by the rules' handler.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: .requestHeads)
            try pipeline.addHandler(RequestRulesHandler(peek: peek))
            try pipeline.addHandler(FirstRequestDeadline(timeout: firstRequestTimeout))
            return try channel.addHTTPHandlers(isSecure: isSecure, idleTimeout: idleTimeout, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}

extension Channel {
    /// Ends a pipeline of HTTP/1.1 with what a responder reads and writes. Must be called on the event loop.
    /// - Parameter isSecure: whether the connection is within TLS.
    package func addHTTPHandlers(
        isSecure: Bool, idleTimeout: Duration, logger: Logger
    ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
        try pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
        try pipeline.syncOperations.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: self, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}

extension NIOHTTPDecoderLimitConfiguration {
    /// What the head of a request may have: a browser's has a few kilobytes, a token four more.
    package static var requestHeads: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 32 * 1024
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderFieldCount = 100
        return limits
    }
}
