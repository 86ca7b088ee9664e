import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import SignalingClient

struct DoorErrorTests {
    @Test func whatTryingAgainDoesNotChangeIsPermanent() {
        for code in ["badMessage", "tokenRequired", "badToken", "forbidden", "removed"] {
            #expect(DoorError.error(code: code, message: "").isPermanent, "\(code)")
        }
        for code in ["roomFull", "roomLocked", "noSuchRoom", "serverFull", "draining", "stageFull"] {
            #expect(!DoorError.error(code: code, message: "").isPermanent, "\(code)")
        }
        #expect(!DoorError.cannotConnect("").isPermanent && !DoorError.timeout("").isPermanent)
    }

    /// A port on which nobody listens: one that was bound, and no longer is.
    private func closedPort() async throws -> Int {
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        return port
    }

    @Test func aRefusedConnectionIsToldInWords() async throws {
        let port = try await closedPort()
        let endpoint = try Endpoint("http://127.0.0.1:\(port)/")
        let group = MultiThreadedEventLoopGroup.singleton
        let http = await #expect(throws: DoorError.self) {
            try await HTTPRequester(group: group).send(.GET, endpoint)
        }
        #expect(http == .cannotConnect("127.0.0.1:\(port): Connection refused"))
        let webSocket = await #expect(throws: DoorError.self) {
            try await WebSocketLink.open(endpoint, subprotocol: "x", group: group)
        }
        #expect(webSocket == .cannotConnect("127.0.0.1:\(port): Connection refused"))
    }

    @Test func errorsOfConnectionsHaveWords() {
        #expect(DoorError.explanation(of: ChannelError.connectTimeout(.seconds(10))) == "no answer within 10 s")
        #expect(DoorError.explanation(of: ChannelError.ioOnClosedChannel) == "the server closed the connection")
        #expect(DoorError.explanation(of: IOError(errnoCode: 113, reason: "connect")) == "No route to host")
    }
}
