import Foundation
import NIOCore
import SignalingClient
import Synchronization

/// A session of Janus' WebSocket interface with one handle of its videoroom plugin: just what a publisher or a viewer needs,
/// so that Janus can be measured by the same client.
final class JanusSession: Sendable {
    /// Janus forgets a session from which nothing came for a minute.
    static let keepAliveInterval = Duration.seconds(25)

    /// The fields of a reply that are used here.
    struct Reply: Sendable {
        var kind = ""
        /// `data.id`: of a session or handle.
        var identifier: Int64?
        var sdp: String?
        /// `plugindata.data.videoroom`
        var event: String?
        /// The publisher's own number, in `joined`.
        var publisher: Int64?
        var problem: String?

        init(_ message: [String: Any]) {
            kind = message["janus"] as? String ?? ""
            identifier = ((message["data"] as? [String: Any])?["id"] as? NSNumber)?.int64Value
            sdp = (message["jsep"] as? [String: Any])?["sdp"] as? String
            let data = (message["plugindata"] as? [String: Any])?["data"] as? [String: Any]
            event = data?["videoroom"] as? String
            publisher = (data?["id"] as? NSNumber)?.int64Value
            problem = data?["error"] as? String ?? (message["error"] as? [String: Any])?["reason"] as? String
        }
    }

    private struct State {
        var next = 1
        var session: Int64?
        var handle: Int64?
        var waiting: [String: CheckedContinuation<Reply, any Error>] = [:]
        var isOver = false
    }

    private let link: WebSocketLink
    private let state = Mutex(State())

    /// Connects, begins a session and attaches to the videoroom.
    init(_ endpoint: Endpoint, group: any EventLoopGroup) async throws {
        link = try await WebSocketLink.open(endpoint, subprotocol: "janus-protocol", group: group)
        Task { await run() }
        let session = try await request("create").identifier
        state.withLock { $0.session = session }
        let handle = try await request("attach", ["plugin": "janus.plugin.videoroom"]).identifier
        state.withLock { $0.handle = handle }
        Task { await keepAlive() }
    }

    private func run() async {
        try? await link.run { [weak self] text in self?.receive(text) }
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: DoorError.closed("the connection ended")) }
    }

    private func keepAlive() async {
        while !state.withLock({ $0.isOver }) {
            _ = try? await request("keepalive")
            try? await Task.sleep(for: Self.keepAliveInterval)
        }
    }

    private func receive(_ text: String) {
        guard let message = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let transaction = message["transaction"] as? String
        else { return }
        let reply = Reply(message)
        // The plugin's word comes behind an acknowledgement; a keep-alive has nothing else.
        let waiting = state.withLock { state -> CheckedContinuation<Reply, any Error>? in
            if reply.kind == "ack", !transaction.hasPrefix("keepalive") { return nil }
            return state.waiting.removeValue(forKey: transaction)
        }
        waiting?.resume(returning: reply)
    }

    /// Sends a message to the videoroom plugin and waits for its answer.
    ///
    /// - Throws: `DoorError.error` with the plugin's reason.
    func message(_ body: [String: any Sendable], jsep: (type: String, sdp: String)? = nil) async throws -> Reply {
        var fields: [String: any Sendable] = ["body": body]
        if let jsep { fields["jsep"] = ["type": jsep.type, "sdp": jsep.sdp] }
        return try await request("message", fields)
    }

    private func request(_ kind: String, _ fields: [String: any Sendable] = [:]) async throws -> Reply {
        let reply: Reply = try await withCheckedThrowingContinuation { continuation in
            var text: String?
            state.withLock { state in
                guard !state.isOver else { return }
                let transaction = "\(kind)-\(state.next)"
                state.next += 1
                var message: [String: Any] = fields
                message["janus"] = kind
                message["transaction"] = transaction
                if let session = state.session { message["session_id"] = session }
                if let handle = state.handle, kind != "keepalive", kind != "destroy" { message["handle_id"] = handle }
                guard let octets = try? JSONSerialization.data(withJSONObject: message) else { return }
                state.waiting[transaction] = continuation
                text = String(decoding: octets, as: UTF8.self)
            }
            if let text { link.send(text) } else { continuation.resume(throwing: DoorError.closed("no connection")) }
        }
        if let problem = reply.problem { throw DoorError.error(code: "janus", message: problem) }
        return reply
    }

    /// Ends the session and closes.
    func leave() async {
        _ = try? await within(.seconds(2), "reply to destroy") { try await self.request("destroy") }
        state.withLock { $0.isOver = true }
        link.close()
    }
}
