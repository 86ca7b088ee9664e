import NIOCore
import NIOHTTP1
import NIOPosix

/// A plain HTTP/1.1 client: one request per connection, which is all that WHIP and WHEP need.
package struct HTTPRequester: Sendable {
    /// Octets of the largest body that is read.
    static let maximumBody = 512 * 1_024
    static let connectTimeout = TimeAmount.seconds(10)

    package struct Response: Sendable {
        package var status: Int
        package var headers: HTTPHeaders
        package var body: String
    }

    private let group: any EventLoopGroup

    package init(group: any EventLoopGroup) { self.group = group }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: `DoorError` where no answer comes.
    package func send(
        _ method: HTTPMethod, _ endpoint: Endpoint, headers: [(String, String)] = [], body: String = ""
    ) async throws(DoorError) -> Response {
        do {
            let channel = try await ClientBootstrap(group: group)
                .connectTimeout(Self.connectTimeout)
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let tls = try endpoint.tlsHandler() {
                            try channel.pipeline.syncOperations.addHandler(tls)
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                            wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                var head = HTTPRequestHead(version: .http1_1, method: method, uri: endpoint.path)
                head.headers.add(name: "Host", value: endpoint.authority)
                head.headers.add(name: "Connection", value: "close")
                head.headers.add(name: "Content-Length", value: String(body.utf8.count))
                for (name, value) in headers { head.headers.add(name: name, value: value) }
                try await outbound.write(.head(head))
                if !body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: body)))) }
                try await outbound.write(.end(nil))
                return try await Self.read(inbound)
            }
        } catch let error as DoorError {
            throw error
        } catch {
            throw .cannotConnect(DoorError.explanation(of: error))
        }
    }

    private static func read(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Response {
        var response: Response?
        for try await part in inbound {
            switch part {
            case .head(let head):
                response = Response(status: Int(head.status.code), headers: head.headers, body: "")
            case .body(let buffer):
                response?.body += String(buffer: buffer)
                if (response?.body.utf8.count ?? 0) > maximumBody { throw DoorError.badAnswer("a body without end") }
            case .end:
                if let response { return response }
            }
        }
        throw DoorError.cannotConnect("the server closed the connection")
    }
}
