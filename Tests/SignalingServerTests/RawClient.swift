import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection that says exactly what a test wants said, and reads HTTP answers and WebSocket frames.
actor RawClient {
    struct Frame: Equatable {
        var opcode: UInt8
        var data: [UInt8]
        var text: String { String(decoding: data, as: UTF8.self) }
        /// Of a close frame.
        var closeCode: UInt16? { data.count >= 2 ? UInt16(data[0]) << 8 | UInt16(data[1]) : nil }
    }

    struct Closed: Error {}

    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: AsyncStream<ByteBuffer>.Iterator
    private var buffer = ByteBuffer()

    private init(_ inbound: AsyncStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func connect<Result: Sendable>(
        _ port: Int, _ body: @Sendable (RawClient) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: "127.0.0.1", port: port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        // The server may have closed before us; then closing fails, which is no concern of a test.
        let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
        try? await channel.executeThenClose { inbound, outbound in
            let pump = Task {
                defer { continuation.finish() }
                for try await buffer in inbound { continuation.yield(buffer) }
            }
            defer { pump.cancel() }
            do {
                let result = try await body(RawClient(stream, outbound))
                outcome.withLock { $0 = .success(result) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
        }
        guard let outcome = outcome.withLock({ $0 }) else { throw Closed() }
        return try outcome.get()
    }

    func send(_ octets: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: octets)) }

    private func fill() async throws {
        var iterator = inbound
        let next = await iterator.next(isolation: self)
        inbound = iterator
        guard let next else { throw Closed() }
        buffer.writeImmutableBuffer(next)
    }

    /// The rest until the server closes.
    func readAll() async -> String {
        do { while true { try await fill() } } catch {}
        return String(buffer: buffer)
    }

    /// Whether the server closed the connection without anything more.
    func isAtEnd() async -> Bool {
        do {
            try await fill()
            return false
        } catch {
            return error is Closed
        }
    }

    // MARK: HTTP

    /// Sends a request and reads the answer until the server closes.
    func http(_ request: String, headers: [String] = [], body: String = "") async throws -> String {
        let head = [
            request + " HTTP/1.1", "Host: localhost:1", "Connection: close", "Content-Length: \(body.utf8.count)",
        ]
        try await send(Array(((head + headers).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        return await readAll()
    }

    /// Asks for a WebSocket; the head of the answer.
    ///
    /// - Parameter replacing: lines instead of those with the same name; an empty value leaves the field out.
    func upgrade(
        _ path: String = "/v1/signal", subprotocol: String? = "forestage.v1", headers: [String] = [],
        request: String? = nil, replacing: [String: String] = [:]
    ) async throws -> String {
        var head = [request ?? "GET \(path) HTTP/1.1"]
        let usual = [
            ("Host", "localhost:1"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
        ]
        for (name, value) in usual {
            let value = replacing[name] ?? value
            if !value.isEmpty { head.append("\(name): \(value)") }
        }
        if let subprotocol { head.append("Sec-WebSocket-Protocol: \(subprotocol)") }
        try await send(Array(((head + headers).joined(separator: "\r\n") + "\r\n\r\n").utf8))
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = buffer.readableBytesView.firstRange(of: end) {
                let length = range.upperBound - buffer.readableBytesView.startIndex
                return buffer.readString(length: length) ?? ""
            }
            try await fill()
        }
    }

    // MARK: WebSocket

    /// Sends a frame, masked with zeros unless told otherwise.
    func send(opcode: UInt8, _ data: [UInt8], isLast: Bool = true, isMasked: Bool = true) async throws {
        var frame: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        if data.count < 126 {
            frame.append(mask | UInt8(data.count))
        } else if data.count < 65_536 {
            frame += [mask | 126, UInt8(data.count >> 8), UInt8(data.count & 255)]
        } else {
            frame.append(mask | 127)
            frame += (0..<8).map { UInt8(truncatingIfNeeded: data.count >> (56 - 8 * $0)) }
        }
        if isMasked { frame += [0, 0, 0, 0] }
        try await send(frame + data)
    }

    func send(text: String) async throws { try await send(opcode: 1, Array(text.utf8)) }

    /// The next frame.
    func frame() async throws -> Frame {
        while true {
            if let frame = parse() { return frame }
            try await fill()
        }
    }

    /// The next frame that is a close frame; its code.
    func closeCode() async throws -> UInt16? {
        while true {
            let frame = try await frame()
            if frame.opcode == 8 { return frame.closeCode }
        }
    }

    private func parse() -> Frame? {
        var copy = buffer
        guard let first = copy.readInteger(as: UInt8.self), let second = copy.readInteger(as: UInt8.self) else {
            return nil
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long = copy.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = copy.readInteger(as: UInt64.self) else { return nil }
            length = Int(clamping: long)
        }
        guard let data = copy.readBytes(length: length) else { return nil }
        buffer = copy
        return Frame(opcode: first & 15, data: data)
    }
}
