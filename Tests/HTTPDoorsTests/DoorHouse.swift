import AccessTokens
import HTTPServer
import ICE
import Logging
import Primitives
import RTP
import Rooms
import SDP
import TestSupport
import Testing

@testable import HTTPDoors

/// The doors behind the server's own HTTP, rooms behind them, and a media plane that records.
struct DoorHouse: Sendable {
    static let now = 1_800_000_000

    let plane: RecordingMediaPlane
    let rooms: RoomRegistry
    let doors: Doors
    let http: HTTPClient

    /// Opens the house for as long as `body` runs.
    static func open(
        isDevelopment: Bool = true, _ configure: (inout DoorsConfiguration) -> Void = { _ in },
        rooms adjust: (inout RoomsConfiguration) -> Void = { _ in }, clock: any Clock<Duration> = ContinuousClock(),
        _ body: @escaping @Sendable (DoorHouse) async throws -> Void
    ) async throws {
        var configuration = DoorsConfiguration()
        configuration.isDevelopment = isDevelopment
        configure(&configuration)
        #expect(configuration.validate() == [])
        var roomsConfiguration = RoomsConfiguration()
        roomsConfiguration.createsRoomsOnDemand = isDevelopment
        adjust(&roomsConfiguration)
        let plane = try RecordingMediaPlane()
        let rooms = RoomRegistry(
            configuration: roomsConfiguration, media: plane, clock: ContinuousClock(), secondsSince1970: { now })
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let doors = Doors(
            configuration: configuration, rooms: rooms, keys: [try key()], logger: quiet, secondsSince1970: { now },
            clock: clock)
        let (ports, listening) = AsyncStream<Int>.makeStream()
        var http = HTTPConfiguration()
        http.port = 0
        http.allowedOrigins = ["https://player.example"]
        let server = HTTPService(
            configuration: http, fronts: [doors], logger: quiet, onListening: { listening.yield($0) })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await rooms.run()
                return false
            }
            group.addTask {
                try await server.run()
                return false
            }
            group.addTask {
                for await port in ports {
                    try await body(DoorHouse(plane: plane, rooms: rooms, doors: doors, http: HTTPClient(port: port)))
                    return true
                }
                return false
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next(), !isDone {}
        }
    }

    // MARK: Tokens

    static func key() throws -> APIKey { try APIKey(key: "FStest", secret: "0123456789abcdef0123456789abcdef") }

    static func bearer(
        _ identity: String, _ role: String? = "costreamer", room: String = "stage",
        permissions: AccessClaims.Permissions? = nil, invitation: String? = nil, expiresAt: Int = now + 60
    ) throws -> [String: String] {
        let claims = AccessClaims(
            identity: identity, name: identity.uppercased(), room: room, role: role, permissions: permissions,
            invitation: invitation, expiresAt: expiresAt)
        return ["Authorization": "Bearer \(AccessTokenSigner(key: try key()).sign(claims))"]
    }

    // MARK: Offers

    static let credentials = ICECredentials(usernameFragment: "cliU", password: "clientPassword0123456789")

    /// An offer of a client with these sections.
    static func offer(_ sections: [OfferBuilder.Section], dataMid: String? = nil) -> String {
        let hash = (0..<32).map { UInt8($0 &* 3) }
        guard let fingerprint = CertificateFingerprint(algorithm: .sha256, hash: hash) else {
            preconditionFailure("32 octets are a SHA-256 hash")
        }
        return OfferBuilder(
            credentials: credentials, fingerprint: fingerprint, sessionID: 5, cname: "client", sections: sections,
            dataMid: dataMid
        ).offer()
    }

    static func section(
        _ mid: String, _ kind: MediaKind, _ direction: MediaDirection, codecs: [Codec]? = nil
    ) -> OfferBuilder.Section {
        .init(
            mid: mid, kind: kind, direction: direction,
            payloads: OfferBuilder.browserPayloads(codecs ?? (kind == .audio ? [.opus] : [.vp8, .h264])))
    }

    /// One audio and one video section.
    static func offer(_ direction: MediaDirection) -> String {
        offer([section("0", .audio, direction), section("1", .video, direction)])
    }

    static func publishing() -> String { offer(.sendonly) }
    static func playing() -> String { offer(.recvonly) }

    // MARK: Looking around

    /// Polls the condition, for what the rooms do in their own time; gives up only where it will never hold.
    func eventually(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
            await Task.yield()
        }
    }

    func participants(of room: String = "stage") async -> [ParticipantInfo] {
        await rooms.participants(of: room, from: 0, limit: 100) ?? []
    }

    /// The path of a reply's `Location`.
    func location(_ reply: Reply, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try #require(reply["Location"], "\(reply.status) \(reply.body)", sourceLocation: sourceLocation)
    }
}
