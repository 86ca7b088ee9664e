import MetricsText
import SignalingProtocol
import Synchronization

/// Finds the session that a client wants to resume, and remembers for a while why it cannot be.
final class ResumeDesk: Sendable {
    /// Sessions without a connection that are kept; beyond it the one that lost its connection first cannot be resumed any more.
    static let maximumDetached = 10_000
    /// Sessions that are over whose end is remembered.
    static let maximumEnds = 4_096

    /// What became of a `resume`, for the metrics.
    enum Outcome: String, CaseIterable {
        case resumed, expired, incomplete, over
    }

    private struct State {
        var sessions: [String: SignalingSession] = [:]
        /// Tokens of sessions without a connection.
        var detached: OrderedTokens = .init()
        var ends: [String: MessageError] = [:]
        var endOrder: OrderedTokens = .init()
        var outcomes: [Outcome: Int] = [:]
    }

    private let state = Mutex(State())

    /// Sessions without a connection that can be resumed.
    var detached: Int { state.withLock { $0.detached.count } }

    /// Notes a session that has joined.
    func add(_ session: SignalingSession, token: String) { state.withLock { $0.sessions[token] = session } }

    /// The session with this token.
    /// - Throws: why it cannot be resumed.
    func session(_ token: String) throws(MessageError) -> SignalingSession {
        let found = state.withLock { ($0.sessions[token], $0.ends[token]) }
        if let session = found.0 { return session }
        throw found.1 ?? Self.expired
    }

    /// Notes that the session has lost its connection. One that gives way to it ends as far as its client is concerned.
    func noteDetached(token: String) {
        state.withLock { state in
            guard state.sessions[token] != nil else { return }
            state.detached.append(token)
            guard state.detached.count > Self.maximumDetached, let oldest = state.detached.removeFirst() else { return }
            state.sessions[oldest] = nil
        }
    }

    /// Notes that the session has a connection again.
    func noteAttached(token: String) { state.withLock { $0.detached.remove(token) } }

    /// Forgets a session.
    /// - Parameter end: what a later `resume` is told.
    func remove(token: String, end: MessageError? = nil) {
        state.withLock { state in
            guard state.sessions.removeValue(forKey: token) != nil else { return }
            state.detached.remove(token)
            guard let end else { return }
            state.ends[token] = end
            state.endOrder.append(token)
            guard state.endOrder.count > Self.maximumEnds, let oldest = state.endOrder.removeFirst() else { return }
            state.ends[oldest] = nil
        }
    }

    /// Counts what became of a `resume`.
    func count(_ outcome: Outcome) { state.withLock { $0.outcomes[outcome, default: 0] += 1 } }

    /// Writes the desk's figures.
    func addMetrics(to metrics: inout MetricsWriter) {
        let (detached, outcomes) = state.withLock { ($0.detached.count, $0.outcomes) }
        metrics.gauge(
            "forestage_signaling_detached_sessions",
            "Sessions without a WebSocket that wait for their client to resume.",
            [.init(Double(detached))])
        metrics.counter(
            "forestage_signaling_resumes_total", "Requests to resume a session, by what became of them.",
            Outcome.allCases.map { .init(Double(outcomes[$0] ?? 0), [("outcome", $0.rawValue)]) })
    }

    static let expired = MessageError(
        .resumeExpired, "there is no session with this resumeToken, or not any more; join again")
}

/// Tokens in the order in which they came; each is found and removed in constant time.
private struct OrderedTokens {
    private var places: [String: Int] = [:]
    private var tokens: [Int: String] = [:]
    private var first = 0
    private var next = 0

    var count: Int { places.count }

    mutating func append(_ token: String) {
        guard places[token] == nil else { return }
        places[token] = next
        tokens[next] = token
        next += 1
    }

    mutating func remove(_ token: String) {
        if let place = places.removeValue(forKey: token) { tokens[place] = nil }
    }

    mutating func removeFirst() -> String? {
        while first < next {
            defer { first += 1 }
            guard let token = tokens.removeValue(forKey: first) else { continue }
            places[token] = nil
            return token
        }
        return nil
    }
}
