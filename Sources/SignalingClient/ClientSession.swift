import Foundation
import NIOCore
import SignalingProtocol
import Synchronization

/// A participant's session at the WebSocket door: requests with their replies, and the events.
package final class ClientSession: Sendable {
    private struct State {
        var nextID = 1
        var waiting: [Int: CheckedContinuation<ServerReply, any Error>] = [:]
        var end: DoorError?
    }

    private let link: WebSocketLink
    private let state = Mutex(State())
    /// The server's events in their order; ends with the session.
    package let events: AsyncStream<ServerEvent>
    private let feed: AsyncStream<ServerEvent>.Continuation

    /// - Throws: `DoorError` where the server cannot be reached, or does not want us.
    package init(_ endpoint: Endpoint, group: any EventLoopGroup) async throws {
        link = try await WebSocketLink.open(endpoint, subprotocol: ProtocolLimits.subprotocol, group: group)
        (events, feed) = AsyncStream.makeStream(of: ServerEvent.self)
    }

    /// Carries messages until the session ends.
    package func run() async {
        var end = DoorError.closed("the connection ended")
        do {
            try await link.run { [weak self] text in self?.receive(text) }
        } catch {
            end = .closed(DoorError.explanation(of: error))
        }
        finish(end)
    }

    private func finish(_ error: DoorError) {
        let waiting = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: error) }
        feed.finish()
    }

    private func receive(_ text: String) {
        guard let message = try? ServerMessage(parsing: Array(text.utf8)) else { return }
        switch message {
        case .reply(let id, let reply):
            guard let id else { return }
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: reply)
        case .waiting: break
        case .event(_, let event):
            feed.yield(event)
            if case .closed(let reason, _) = event {
                state.withLock { $0.end = .closed(reason.rawValue) }
            }
        }
    }

    /// Sends a request and waits for its reply.
    ///
    /// - Throws: `DoorError`: the server's `error`, or the session's end.
    @discardableResult
    package func request(_ message: ClientMessage) async throws -> ServerReply {
        let reply: ServerReply = try await withCheckedThrowingContinuation { continuation in
            let outcome = state.withLock { state -> Result<Int, DoorError> in
                if let end = state.end { return .failure(end) }
                let id = state.nextID
                state.nextID += 1
                state.waiting[id] = continuation
                return .success(id)
            }
            switch outcome {
            case .failure(let error): continuation.resume(throwing: error)
            case .success(let id):
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.withoutEscapingSlashes]
                let octets = (try? encoder.encode(ClientRequest(id: id, message))) ?? Data()
                link.send(String(decoding: octets, as: UTF8.self))
            }
        }
        if case .error(let code, let text) = reply { throw DoorError.error(code: code.rawValue, message: text) }
        return reply
    }

    /// Leaves and closes.
    package func leave() async {
        _ = try? await within(.seconds(2), "reply to leave") { try await self.request(.leave) }
        link.close()
    }
}
