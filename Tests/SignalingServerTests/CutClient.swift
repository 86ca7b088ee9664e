import AccessTokens
import Admission
import Foundation
import Primitives
import Rooms
import SignalingProtocol
import Synchronization
import TestSupport
import Testing

@testable import SignalingServer

/// A connection without a network: keeps what the session sends until its client reads it, or it is cut.
final class TestConnection: SessionConnection {
    private struct State {
        var texts: [String] = []
        var code: CloseCode?
        var isCut = false
    }

    let bearerToken: String? = nil
    private let state = Mutex(State())

    func send(_ text: String) {
        state.withLock { if $0.code == nil, !$0.isCut { $0.texts.append(text) } }
    }
    func send(_ text: [UInt8], seq: Int) { send(String(decoding: text, as: UTF8.self)) }
    func penalize() {}
    func close(_ code: CloseCode, _ reason: String) { state.withLock { if $0.code == nil { $0.code = code } } }

    var closeCode: CloseCode? { state.withLock { $0.code } }

    /// What waits to be read, at most so many messages.
    func read(_ most: Int) -> [String] {
        state.withLock { state in
            let texts = Array(state.texts.prefix(most))
            state.texts.removeFirst(texts.count)
            return texts
        }
    }

    /// Loses what was not read, and all that follows.
    func cut() {
        state.withLock {
            $0.texts = []
            $0.isCut = true
        }
    }
}

/// A client whose connection can be cut at any time, as the SDK behaves: it resumes, and repeats what was not answered.
final class CutClient {
    private let server: SignalingSession.Server
    private(set) var connection = TestConnection()
    private(set) var session: SignalingSession
    private var nextID = 1
    private var token = ""
    /// Requests without a reply, by id.
    private(set) var open: [Int: ClientMessage] = [:]
    private(set) var replies: [Int: [ServerReply]] = [:]
    private(set) var events: [ServerEvent] = []
    private(set) var lastSeq = 0
    private(set) var isResumed = true
    private var resumeID = 0
    /// The last request that was started on the connection.
    private var underWay: Task<Void, Never>?

    init(_ server: SignalingSession.Server) {
        self.server = server
        session = SignalingSession(server, connection)
    }

    func join(_ room: String, role: String, identity: String) async throws {
        let claims = AccessClaims(identity: identity, room: room, role: role, expiresAt: TestServer.now + 600)
        let token = AccessTokenSigner(key: try TestServer.key()).sign(claims)
        await send(.join(JoinMessage(token: token, media: nil)))
        try read(1)
        guard case .joined(let joined) = replies[1]?.first else { throw CancellationError() }
        self.token = try #require(joined.resumeToken)
    }

    /// Sends a request and waits until the server has carried it out.
    func send(_ message: ClientMessage) async {
        let id = take(message)
        await deliver(id, message, to: connection)
    }

    /// Sends a request; the server carries it out while the test goes on.
    func start(_ message: ClientMessage) throws -> Task<Void, Never> {
        let id = take(message)
        let (session, connection) = (session, connection)
        let text = try Self.text(id, message)
        // One after the other, as they come out of a socket.
        let task = Task { [underWay] in
            await underWay?.value
            _ = await session.receive(text, from: connection)
        }
        underWay = task
        return task
    }

    private func take(_ message: ClientMessage) -> Int {
        defer { nextID += 1 }
        open[nextID] = message
        return nextID
    }

    private static func text(_ id: Int, _ message: ClientMessage) throws -> String {
        String(decoding: try JSONEncoder().encode(ClientRequest(id: id, message)), as: UTF8.self)
    }

    private func deliver(_ id: Int, _ message: ClientMessage, to connection: TestConnection) async {
        guard let text = try? Self.text(id, message) else { return }
        session = await session.receive(text, from: connection)
    }

    /// Reads what has come, at most so many messages.
    func read(_ most: Int = .max) throws {
        for text in connection.read(most) {
            switch try ServerMessage(parsing: text.utf8) {
            case .event(let seq, let event):
                #expect(seq == lastSeq + 1, "no gap and nothing twice")
                lastSeq = seq
                events.append(event)
            case .reply(let id, let reply):
                let id = try #require(id)
                replies[id, default: []].append(reply)
                open[id] = nil
                if id == resumeID, case .resumed = reply { isResumed = true }
            case .waiting: break
            }
        }
    }

    /// Opens another connection and resumes on it. What was not answered is repeated, in the order of the ids.
    func resume(token: String? = nil, after seq: Int? = nil) async throws {
        connection.cut()
        underWay = nil
        connection = TestConnection()
        session = SignalingSession(server, connection)
        isResumed = false
        resumeID = nextID
        nextID += 1
        await deliver(
            resumeID, .resume(ResumeMessage(resumeToken: token ?? self.token, lastSeq: seq ?? lastSeq)),
            to: connection)
        try read()
        guard isResumed else { return }
        for (id, message) in open.sorted(by: { $0.key < $1.key }) { await deliver(id, message, to: connection) }
    }

    /// Reads until `isThere`; everything that the server has to do for it is under way already.
    func read(until isThere: () -> Bool) async throws {
        for _ in 0..<100_000 {
            try read()
            if isThere() { return }
            await Task.yield()
        }
        Issue.record("what was awaited did not come")
    }
}

/// Rooms and what sessions need of a server, without sockets, at a clock that stands still.
struct SessionHouse {
    let clock = ManualClock()
    let registry: RoomRegistry
    let server: SignalingSession.Server

    init() throws {
        var rooms = RoomsConfiguration()
        rooms.createsRoomsOnDemand = true
        registry = RoomRegistry(
            configuration: rooms, media: try IdleMediaPlane(), clock: clock,
            secondsSince1970: { TestServer.now })
        let key = try TestServer.key()
        let admission = TokenAdmission(isDevelopment: true, keys: [key])
        server = SignalingSession.Server(
            rooms: registry, authorization: JoinAuthorization(admission: admission),
            invitations: InvitationDesk(
                signer: .init(key: key), verifier: admission.verifier, admissions: registry.admissions),
            configuration: SignalingConfiguration(), telemetry: ClientTelemetry(),
            secondsSince1970: { TestServer.now }, logger: TestServer.quiet)
    }

    func newcomer(_ identity: String) async throws -> Joined {
        try await registry.join(
            JoinRequest(room: "stage", identity: identity, name: identity, role: .costreamer, media: .none))
    }
}
