import ICE
import NIOCore
import NIOPosix
import NIOSSL
import Primitives

/// Sends STUN messages to one address and gives back what comes: over UDP, TCP or TLS.
struct STUNCarrier {
    enum Way: Sendable {
        case udp
        /// Messages one after the other, by their own length (RFC 8489 section 6.2.2).
        case tcp
        /// The same over TLS.
        case tls(NIOSSLContext)
        /// Each message behind its length, as ICE sends it (RFC 4571, RFC 6544 section 3).
        case framedTCP

        var isDatagram: Bool { if case .udp = self { true } else { false } }
    }

    enum Arrival: Sendable {
        case message([UInt8])
        /// The wait with this number is over.
        case late(Int)
        case closed
    }

    /// Waits for an answer, one after each transmission.
    static let datagramWaits: [TimeAmount] = [
        .milliseconds(250), .milliseconds(500), .milliseconds(1_000), .milliseconds(1_250),
    ]
    static let streamWaits: [TimeAmount] = [.seconds(3)]
    static let connectTimeout = TimeAmount.seconds(5)

    private let channel: any Channel
    private let way: Way
    private let feed: AsyncStream<Arrival>.Continuation
    private var arrivals: AsyncStream<Arrival>.Iterator
    private var waits = 0

    /// - Throws: what NIO throws where no connection is made.
    static func open(
        host: String, port: Int, way: Way, group: any EventLoopGroup
    ) async throws -> STUNCarrier {
        let (stream, feed) = AsyncStream.makeStream(of: Arrival.self)
        let channel: any Channel
        switch way {
        case .udp:
            channel = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramReceiver(feed))
                    }
                }
                .connect(host: host, port: port).get()
        case .tcp, .tls, .framedTCP:
            channel = try await ClientBootstrap(group: group).connectTimeout(connectTimeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if case .tls(let context) = way {
                            // An address is no server name (RFC 6066 section 3).
                            let name = TransportAddress(host, port: 0) == nil ? host : nil
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        let isFramed = if case .framedTCP = way { true } else { false }
                        try channel.pipeline.syncOperations.addHandler(StreamReceiver(feed, isFramed: isFramed))
                    }
                }
                .connect(host: host, port: port).get()
        }
        return STUNCarrier(channel, way, feed, stream)
    }

    private init(
        _ channel: any Channel, _ way: Way, _ feed: AsyncStream<Arrival>.Continuation, _ stream: AsyncStream<Arrival>
    ) {
        self.channel = channel
        self.way = way
        self.feed = feed
        arrivals = stream.makeAsyncIterator()
    }

    /// Sends the request until its answer comes; `nil` where none does.
    mutating func answer(to request: [UInt8], _ id: STUNTransactionID) async -> [UInt8]? {
        await message(after: request) { (try? STUNMessage(parsing: $0.span))?.transactionID == id }
    }

    /// Sends the message until one comes that is `wanted`; `nil` where none does.
    mutating func message(after request: [UInt8], wanted: ([UInt8]) -> Bool) async -> [UInt8]? {
        waiting: for wait in way.isDatagram ? Self.datagramWaits : Self.streamWaits {
            guard (try? await send(request)) != nil else { return nil }
            waits += 1
            let number = waits
            channel.eventLoop.scheduleTask(in: wait) { [feed] in feed.yield(.late(number)) }
            while let arrival = await arrivals.next() {
                switch arrival {
                case .message(let octets) where wanted(octets): return octets
                case .message: break
                case .late(number): continue waiting
                case .late: break
                case .closed: return nil
                }
            }
        }
        return nil
    }

    private func send(_ message: [UInt8]) async throws {
        var buffer = ByteBuffer()
        if case .framedTCP = way { buffer.writeInteger(UInt16(truncatingIfNeeded: message.count)) }
        buffer.writeBytes(message)
        try await channel.writeAndFlush(buffer)
    }

    func close() { channel.close(promise: nil) }
}

/// Hands on each datagram of a connected socket.
private final class DatagramReceiver: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let feed: AsyncStream<STUNCarrier.Arrival>.Continuation

    init(_ feed: AsyncStream<STUNCarrier.Arrival>.Continuation) { self.feed = feed }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        feed.yield(.message(Array(unwrapInboundIn(data).data.readableBytesView)))
    }

    // Nobody listens there (ICMP): the other transmissions may fare better.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Cuts a stream into messages.
private final class StreamReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let feed: AsyncStream<STUNCarrier.Arrival>.Continuation
    private let isFramed: Bool
    private var buffer = ByteBuffer()

    init(_ feed: AsyncStream<STUNCarrier.Arrival>.Continuation, isFramed: Bool) {
        self.feed = feed
        self.isFramed = isFramed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        buffer.writeBuffer(&more)
        while let message = next() { feed.yield(.message(message)) }
        buffer.discardReadBytes()
        if buffer.readableBytes > 2 * STUNMessage.maximumOctets { context.close(promise: nil) }
    }

    private func next() -> [UInt8]? {
        let start = buffer.readerIndex
        if isFramed {
            guard let length = buffer.getInteger(at: start, as: UInt16.self), buffer.readableBytes >= 2 + Int(length)
            else { return nil }
            buffer.moveReaderIndex(forwardBy: 2)
            return buffer.readBytes(length: Int(length))
        }
        guard let length = buffer.getInteger(at: start + 2, as: UInt16.self) else { return nil }
        return buffer.readBytes(length: STUNMessage.headerOctets + Int(length))
    }

    func channelInactive(context: ChannelHandlerContext) { feed.yield(.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        feed.yield(.closed)
        context.close(promise: nil)
    }
}
