import HTTPServer
import NIOCore
import SignalingProtocol
import Testing

@testable import SignalingServer

struct WebSocketLimitTests {
    /// The close code that `hostile` brings about; the connection must end after it, not be reset before it.
    func closeCode(
        _ configure: (inout TestConfiguration) -> Void = { _ in },
        _ hostile: @escaping @Sendable (RawClient) async throws -> Void
    ) async throws -> UInt16? {
        try await TestServer.run(configure) { port in
            try await RawClient.connect(port) { client in
                _ = try await client.upgrade()
                try await hostile(client)
                return try await client.closeCode()
            }
        }
    }

    @Test func aMessageOfTheLimitIsTakenWholeAndInFragments() async throws {
        let message = [UInt8](repeating: UInt8(ascii: "x"), count: ProtocolLimits.messageSize)
        try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                _ = try await client.upgrade()
                try await client.send(opcode: 1, message)
                #expect(try await client.frame().data.count == message.count)
                try await client.send(opcode: 1, Array(message.prefix(1000)), isLast: false)
                // A control frame may come between fragments (RFC 6455 section 5.4).
                try await client.send(opcode: 9, [7])
                try await client.send(opcode: 0, Array(message.dropFirst(1000)))
                #expect(try await client.frame() == .init(opcode: 10, data: [7]))
                #expect(try await client.frame().data == message)
            }
        }
    }

    @Test func aMessageBeyondTheLimitClosesWith1009() async throws {
        let message = [UInt8](repeating: UInt8(ascii: "x"), count: ProtocolLimits.messageSize + 1)
        #expect(try await closeCode { try await $0.send(opcode: 1, message) } == 1009)
        #expect(
            try await closeCode { client in
                try await client.send(opcode: 1, Array(message.prefix(200_000)), isLast: false)
                try await client.send(opcode: 0, Array(message.dropFirst(200_000)))
            } == 1009)
        // Eight times the limit: what comes after the frame's head is thrown away, so that the code arrives.
        #expect(
            try await closeCode { try await $0.send(opcode: 1, [UInt8](repeating: 0x78, count: 2 * 1024 * 1024)) }
                == 1009)
    }

    @Test func framesAgainstTheProtocolCloseWithTheirCode() async throws {
        #expect(try await closeCode { try await $0.send(opcode: 1, [0xC3, 0x28]) } == 1007)
        #expect(try await closeCode { try await $0.send(opcode: 1, [0xED, 0xA0, 0x80]) } == 1007)
        #expect(try await closeCode { try await $0.send(opcode: 2, [1]) } == 1003)
        #expect(try await closeCode { try await $0.send(opcode: 1, [0x78], isMasked: false) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 0, [0x78]) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 3, [0x78]) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 0x41, [0x78]) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 9, [1], isLast: false) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 9, [UInt8](repeating: 1, count: 126)) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 8, [3]) } == 1002)
        #expect(try await closeCode { try await $0.send(opcode: 8, [3, 0xED]) } == 1002)
    }

    @Test func aCloseIsEchoedAndTheServerClosesFirst() async throws {
        try await TestServer.run { port in
            try await RawClient.connect(port) { client in
                _ = try await client.upgrade()
                try await client.send(opcode: 8, [0x0F, 0xA1])
                #expect(try await client.frame() == .init(opcode: 8, data: [0x0F, 0xA1]))
                #expect(await client.isAtEnd())
            }
        }
    }

    @Test func aFloodClosesWith1008() async throws {
        #expect(
            try await closeCode { client in
                for _ in 0...ProtocolLimits.messageBurst + 30 { try? await client.send(text: "x") }
            } == 1008)
        #expect(
            try await closeCode { client in
                for _ in 0...ProtocolLimits.messageBurst + 30 { try? await client.send(opcode: 9, []) }
            } == 1008)
    }

    @Test func aSilentClientIsClosedWith4006() async throws {
        let code = try await closeCode {
            $0.pingInterval = .milliseconds(20)
            $0.silenceTimeout = .milliseconds(70)
        } _: { _ in
        }
        #expect(code == 4006)
    }

    /// 32 MB fit into no socket's buffer, so they wait, and the code comes behind them.
    @Test func aClientForWhichTooMuchWaitsIsClosedWith4007() async throws {
        let flood: WebSocketSession = { connection, inputs in
            connection.send(String(repeating: "x", count: 32 * 1024 * 1024))
            do { for try await _ in inputs {} } catch {}
        }
        try await TestServer.run({ $0.closeTimeout = .seconds(20) }, session: flood) { port in
            try await RawClient.connect(port) { client in
                _ = try await client.upgrade()
                let code = try await client.closeCode()
                #expect(code == 4007)
            }
        }
    }

    @Test func aClientThatSaysNothingBeforeTheUpgradeIsClosed() async throws {
        try await TestServer.run({ $0.firstRequestTimeout = .milliseconds(50) }) { port in
            try await RawClient.connect(port) { client in
                // On a busy machine the time may be over before this is sent.
                try? await client.send(Array("GET / HTTP/1.1\r\nHost: l".utf8))
                #expect(await client.readAll() == "")
            }
        }
    }
}
