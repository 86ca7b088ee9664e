import NIOCore

/// Remembers how the last octets that came began, for a request line that the parser refuses.
package final class RequestLinePeek: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// Octets that are remembered; methods are shorter.
    private static let limit = 24
    private var start: [UInt8] = []

    package init() {}

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        start = Array(Self.unwrapInboundIn(data).readableBytesView.prefix(Self.limit))
        context.fireChannelRead(data)
    }

    /// Whether they are a word of capital letters, as methods are, alone or before a space.
    var beginsWithMethod: Bool {
        let word = start.prefix { $0 != UInt8(ascii: " ") }
        return !word.isEmpty
            && word.allSatisfy { octet in
                UInt8(ascii: "A")...UInt8(ascii: "Z") ~= octet || octet == UInt8(ascii: "-")
                    || octet == UInt8(ascii: "_")
            }
    }
}
