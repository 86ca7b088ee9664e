import NIOCore
import NIOWebSocket
import SignalingProtocol

/// Puts frames together to messages and holds them against RFC 6455 and the limits of the protocol.
struct MessageAssembler {
    /// The result of a frame.
    enum OnFrame: Equatable {
        /// A fragment; the message goes on.
        case more
        case message(String)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The client closes; the code is to be echoed.
        case close(CloseReply)
        /// The connection must be closed with this code.
        case violation(CloseCode, String)
    }

    /// The close frame that answers the peer's (RFC 6455 section 5.5.1).
    enum CloseReply: Equatable {
        case code(UInt16)
        /// The client's frame had none.
        case empty
    }

    private let limit: Int
    /// The text message under way.
    private var fragments: ByteBuffer?

    /// - Parameter limit: octets of a message.
    init(limit: Int) { self.limit = limit }

    /// Takes a frame as the decoder found it, still masked.
    mutating func receive(_ frame: WebSocketFrame) -> OnFrame {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .violation(.protocolError, "reserved bits are set") }
        // RFC 6455 section 5.1: a server closes where a client does not mask.
        guard frame.maskKey != nil else { return .violation(.protocolError, "the frame is not masked") }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .text:
            guard fragments == nil else { return .violation(.protocolError, "a new message inside of another") }
            return take(data, isLast: frame.fin)
        case .continuation:
            guard fragments != nil else { return .violation(.protocolError, "a continuation of nothing") }
            return take(data, isLast: frame.fin)
        case .binary: return .violation(.unacceptableData, "binary messages are not taken")
        case .ping: return .ping(data)
        case .pong: return .pong(data)
        case .connectionClose: return Self.close(data)
        default: return .violation(.protocolError, "unknown opcode")
        }
    }

    private mutating func take(_ data: ByteBuffer, isLast: Bool) -> OnFrame {
        var message = fragments ?? ByteBuffer()
        guard message.readableBytes + data.readableBytes <= limit else {
            return .violation(.messageTooBig, "a message has at most \(limit) octets")
        }
        if message.readableBytes == 0 { message = data } else { message.writeImmutableBuffer(data) }
        guard isLast else {
            fragments = message
            return .more
        }
        fragments = nil
        guard let text = String(validating: message.readableBytesView, as: UTF8.self) else {
            return .violation(.notUTF8, "the message is not UTF-8")
        }
        return .message(text)
    }

    private static func close(_ data: ByteBuffer) -> OnFrame {
        guard data.readableBytes > 0 else { return .close(.empty) }
        guard let code = data.getInteger(at: data.readerIndex, as: UInt16.self) else {
            return .violation(.protocolError, "a close frame of one octet")
        }
        // RFC 6455 section 7.4: the assigned codes that may be sent.
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: return .violation(.protocolError, "close code \(code) may not be sent")
        }
        // Section 5.5.1: what follows the code is UTF-8.
        guard String(validating: data.readableBytesView.dropFirst(2), as: UTF8.self) != nil else {
            return .violation(.notUTF8, "the reason of the close frame is not UTF-8")
        }
        return .close(.code(code))
    }
}
