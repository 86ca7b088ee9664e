import Foundation
import HTTPServer
import MediaControl
import Primitives
import RTP
import Rooms
import SignalingProtocol
import TestSupport
import Testing

@testable import SignalingServer

/// A media plane that carries nothing out, and says of each transport that its first slot waits for a keyframe.
struct IdleMediaPlane: MediaPlane {
    let workers = [
        WorkerInfo(id: WorkerID(rawValue: 0), addresses: [TransportAddress(v4: 192, 0, 2, 1, port: 40_000)])
    ]
    let fingerprint: CertificateFingerprint

    init() throws {
        fingerprint = try #require(CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: 7, count: 32)))
    }

    func send(_ commands: [MediaCommand], to worker: WorkerID) {}
    func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]> { AsyncStream { $0.finish() } }

    func snapshots(of transports: [TransportID], on worker: WorkerID) async -> [TransportSnapshot] {
        transports.map { transport in
            var snapshot = TransportSnapshot(id: transport)
            snapshot.isEstablished = true
            snapshot.drops = ["gateClosed": 3]
            var slot = SlotSnapshot(slot: 0, mid: "4", kind: .video, ssrc: SSRC(7))
            slot.activity = .waiting
            slot.waitingFor = .milliseconds(2_500)
            snapshot.slots = [slot]
            return snapshot
        }
    }
}

/// A client of the protocol.
struct SignalingClient: Sendable {
    let raw: RawClient

    func send(_ id: Int, _ message: ClientMessage) async throws {
        try await raw.send(opcode: 1, Array(JSONEncoder().encode(ClientRequest(id: id, message))))
    }

    func next() async throws -> ServerMessage {
        while true {
            let frame = try await raw.frame()
            if frame.opcode == 1 { return try ServerMessage(parsing: frame.data) }
            if frame.opcode == 8 { throw RawClient.Closed() }
        }
    }

    /// The reply to a request; what comes before it is left out.
    func reply(_ id: Int) async throws -> ServerReply {
        while true { if case .reply(let other, let reply) = try await next(), other == id { return reply } }
    }

    func ask(_ id: Int, _ message: ClientMessage) async throws -> ServerReply {
        try await send(id, message)
        return try await reply(id)
    }

    /// The first event that `matching` takes.
    func event<Value>(_ matching: (ServerEvent) -> Value?) async throws -> Value {
        while true { if case .event(_, let event) = try await next(), let value = matching(event) { return value } }
    }

    func join(
        _ id: Int, role: String? = nil, token: String? = nil, name: String? = nil, encrypted: Bool? = nil
    ) async throws -> ServerReply {
        try await sendJoin(id, role: role, token: token, name: name, encrypted: encrypted)
        return try await reply(id)
    }

    func sendJoin(
        _ id: Int, role: String? = nil, token: String? = nil, name: String? = nil, encrypted: Bool? = nil,
        wait: Bool? = nil
    ) async throws {
        let slots = (0..<14).map { index in
            let seat = index / 2
            return SlotRequestMessage(
                mid: String(4 + index), use: seat < 6 ? .seat : .screen, seat: seat < 6 ? seat : 0)
        }
        let publish = MediaSource.allCases.enumerated().map {
            PublishRequestMessage(mid: String($0.offset), source: $0.element)
        }
        try await send(
            id,
            .join(
                JoinMessage(
                    token: token, room: token == nil ? "friday" : nil, name: name, role: role, encrypted: encrypted,
                    wait: wait,
                    media: .init(
                        offer: Fixture.text("sdp/chromium_seats_vp8_opus.sdp"), slots: slots, publish: publish)))
        )
    }

    static func withService<Result: Sendable>(
        isDevelopment: Bool = true, _ configure: (inout TestConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        var configuration = TestConfiguration()
        configuration.isDevelopment = isDevelopment
        configure(&configuration)
        var rooms = RoomsConfiguration()
        rooms.createsRoomsOnDemand = isDevelopment
        let registry = RoomRegistry(configuration: rooms, media: try IdleMediaPlane(), clock: ContinuousClock())
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let service = SignalingService(
            configuration: configuration.signaling, http: configuration.http, rooms: registry,
            roomsConfiguration: rooms, keys: [try TestServer.key()], logger: TestServer.quiet)
        let server = HTTPService(
            configuration: configuration.http, fronts: [service], operatorPages: [service.debugPages],
            connections: service.connections, logger: TestServer.quiet, onListening: { listening.yield($0) })
        return try await TestServer.run(ports, server.run, body)
    }

    static func connect<Result: Sendable>(
        _ port: Int, _ body: @Sendable (SignalingClient) async throws -> Result
    ) async throws -> Result {
        try await RawClient.connect(port) { raw in
            _ = try await raw.upgrade()
            return try await body(SignalingClient(raw: raw))
        }
    }
}
