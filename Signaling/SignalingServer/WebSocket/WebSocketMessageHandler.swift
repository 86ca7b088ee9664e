import Admission
import NIOCore
import NIOWebSocket
import Primitives
import SignalingProtocol

/// The end of a WebSocket's pipeline: messages, limits, keepalive and the closing handshake of one connection, on its
/// event loop.
final class WebSocketMessageHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketInput
    typealias OutboundOut = WebSocketFrame

    private enum State {
        /// -> closing (we close), lingering (the client closed, or broke the protocol), closed
        case open
        /// Our close frame is out. -> lingering (the client's came), closed (it did not in time)
        case closing
        /// All is said; what still comes is read and thrown away, because closing a socket with unread octets resets the
        /// connection, and a reset may overtake our close frame. -> closed (the client closed too, or the time is over)
        case lingering
        case closed
    }

    private let configuration: SignalingConfiguration
    private var state = State.open
    private var context: ChannelHandlerContext?
    private var assembler = MessageAssembler(limit: ProtocolLimits.messageSize)
    private var messages: TokenBucket
    private var octets: TokenBucket
    private var lastReceived: NIODeadline
    private var waitingMessages = 0
    private var waitingOctets = 0
    /// The number of the last event that was sent, and the one that the last unanswered ping named.
    private var sentSeq = 0
    private var pingedSeq: Int?
    /// The event that the last pong named: the client's network has it and everything before.
    private var pongedSeq = 0
    private var keepalive: RepeatedTask?
    private var hardClose: Scheduled<Void>?

    /// Octets that each frame counts in addition to its payload, so that empty frames are limited too.
    static let frameOverhead = 16

    init(configuration: SignalingConfiguration, now: NIODeadline) {
        self.configuration = configuration
        messages = TokenBucket(rate: ProtocolLimits.messagesPerSecond, burst: ProtocolLimits.messageBurst)
        octets = TokenBucket(rate: ProtocolLimits.octetsPerSecond, burst: ProtocolLimits.octetBurst)
        lastReceived = now
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let interval = TimeAmount(configuration.pingInterval)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        keepalive = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.ping()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        keepalive?.cancel()
        hardClose?.cancel()
        keepalive = nil
        hardClose = nil
        context = nil
        state = .closed
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        lastReceived = context.eventLoop.now
        switch state {
        case .open:
            guard octets.take(frame.length + Self.frameOverhead, now: instant(lastReceived)) else {
                violated(.policyViolation, "more octets than \(ProtocolLimits.octetsPerSecond) a second")
                return
            }
            received(assembler.receive(frame), context)
        case .closing:
            if case .close = assembler.receive(frame) { linger() }
        case .lingering, .closed: break
        }
    }

    private func received(_ result: MessageAssembler.OnFrame, _ context: ChannelHandlerContext) {
        switch result {
        case .more: break
        case .message(let text):
            guard takeMessages(1) else { return }
            context.fireChannelRead(Self.wrapInboundOut(.text(text)))
        case .ping(let data):
            guard takeMessages(1) else { return }
            write(.init(fin: true, opcode: .pong, data: data))
        case .pong(let data): noteAnswered(data, context)
        case .close(let reply):
            var data = ByteBuffer()
            if case .code(let code) = reply { data.writeInteger(code) }
            write(.init(fin: true, opcode: .connectionClose, data: data))
            linger()
        case .violation(let code, let reason): violated(code, reason)
        }
    }

    /// Notes the answer to a ping. What the one before it named has long reached the page too.
    private func noteAnswered(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let pinged = pingedSeq, data.readableBytesView.elementsEqual(Self.pingData(pinged).readableBytesView)
        else { return }
        pingedSeq = nil
        if pongedSeq > 0 { context.fireChannelRead(Self.wrapInboundOut(.acknowledged(seq: pongedSeq))) }
        pongedSeq = pinged
    }

    private static func pingData(_ seq: Int) -> ByteBuffer { ByteBuffer(integer: UInt64(seq)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else {
            // The socket is broken.
            context.close(promise: nil)
            return
        }
        switch error {
        case .invalidFrameLength:
            violated(.messageTooBig, "a message has at most \(ProtocolLimits.messageSize) octets")
        case .fragmentedControlFrame: violated(.protocolError, "a fragmented control frame")
        case .multiByteControlFrameLength: violated(.protocolError, "a control frame has at most 125 octets")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: context.fireChannelRead(Self.wrapInboundOut(.serverStopping))
        case ChannelEvent.inputClosed:
            context.fireUserInboundEventTriggered(event)
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Counts the last message as several.
    func penalize() {
        guard case .open = state else { return }
        _ = takeMessages(ProtocolLimits.unreadableMessageCost - 1)
    }

    private func takeMessages(_ count: Int) -> Bool {
        guard messages.take(count, now: instant(.now())) else {
            violated(.policyViolation, "more messages than \(ProtocolLimits.messagesPerSecond) a second")
            return false
        }
        return true
    }

    private func instant(_ time: NIODeadline) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(clamping: time.uptimeNanoseconds))
    }

    // MARK: Out

    func send(_ text: String) {
        guard case .open = state else { return }
        write(.init(fin: true, opcode: .text, data: ByteBuffer(string: text)))
    }

    func send(_ text: [UInt8], seq: Int) {
        guard case .open = state else { return }
        sentSeq = seq
        write(.init(fin: true, opcode: .text, data: ByteBuffer(bytes: text)))
    }

    private func write(_ frame: WebSocketFrame) {
        guard let context else { return }
        let size = frame.length
        waitingMessages += 1
        waitingOctets += size
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(Self.wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in
            bound.value.waitingMessages -= 1
            bound.value.waitingOctets -= size
        }
        guard waitingMessages > configuration.outboundMessages || waitingOctets > configuration.outboundOctets else {
            return
        }
        close(.slowReader, "you do not read what you are sent")
    }

    private func ping() {
        guard let context, case .open = state else { return }
        guard context.eventLoop.now - lastReceived < TimeAmount(configuration.silenceTimeout) else {
            close(.silent, "nothing came for \(configuration.silenceTimeout)")
            return
        }
        pingedSeq = sentSeq
        write(.init(fin: true, opcode: .ping, data: Self.pingData(sentSeq)))
    }

    // MARK: Closing

    /// Sends a close frame and waits for the client's.
    func close(_ code: CloseCode, _ reason: String) {
        guard case .open = state else { return }
        state = .closing
        writeClose(code, reason)
        scheduleHardClose()
    }

    /// Sends a close frame to a client that cannot be expected to answer it.
    private func violated(_ code: CloseCode, _ reason: String) {
        guard case .open = state else { return }
        state = .closing
        context?.fireChannelRead(Self.wrapInboundOut(.violated))
        writeClose(code, reason)
        linger()
    }

    private func writeClose(_ code: CloseCode, _ reason: String) {
        var data = ByteBuffer()
        data.writeInteger(code.rawValue)
        // RFC 6455 section 5.5: a control frame has at most 125 octets, two of which are the code.
        var text = Substring(reason)
        while text.utf8.count > 123 { text.removeLast() }
        data.writeSubstring(text)
        write(.init(fin: true, opcode: .connectionClose, data: data))
    }

    private func linger() {
        guard let context else { return }
        state = .lingering
        scheduleHardClose()
        context.close(mode: .output, promise: nil)
    }

    private func scheduleHardClose() {
        guard let context, hardClose == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        hardClose = context.eventLoop.scheduleTask(in: TimeAmount(configuration.closeTimeout)) {
            bound.value.context?.close(promise: nil)
        }
    }
}
