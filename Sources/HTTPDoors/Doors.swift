import AccessTokens
import Admission
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import MetricsText
import Primitives
import Rooms

/// The standard doors to the rooms: WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep). Whoever comes in is a participant
/// like any other: a publisher on stage, a player in the audience.
package struct Doors: HTTPFront {
    let configuration: DoorsConfiguration
    let rooms: any RoomDirectory
    let authorization: DoorAuthorization
    let sessions: DoorSessions
    let randomness: Randomness
    let logger: Logger
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int
    let now: @Sendable () -> MonotonicInstant

    /// - Parameters:
    ///   - configuration: what `validate()` has nothing to say about.
    ///   - keys: API keys whose tokens are taken.
    ///   - randomness: fit for secrets.
    package init(
        configuration: DoorsConfiguration, rooms: any RoomDirectory, keys: [APIKey], logger: Logger,
        randomness: Randomness = .system,
        secondsSince1970: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) },
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        self.configuration = configuration
        self.rooms = rooms
        authorization = DoorAuthorization(
            admission: TokenAdmission(isDevelopment: configuration.isDevelopment, keys: keys))
        sessions = DoorSessions(configuration)
        self.randomness = randomness
        self.logger = logger
        self.secondsSince1970 = secondsSince1970
        let start = clock.now
        now = { .zero + start.duration(to: clock.now) }
    }

    /// Serves everything below `/whip` and `/whep`. Routes that are added before get what they name themselves.
    package func addRoutes(to router: Router<ServerRequestContext>) {
        router.add(middleware: DoorsMiddleware(doors: self))
    }

    package func crossOriginMethods(at path: String) -> String? {
        switch DoorPath(path) {
        case .endpoint, .unknown: Self.endpointMethods
        case .session: Self.sessionMethods
        case nil: nil
        }
    }

    /// Writes the doors' figures.
    package func addMetrics(to metrics: inout MetricsWriter) async {
        var counts: [MetricsWriter.Sample] = []
        for door in Door.allCases {
            counts.append(.init(Double(await sessions.count(of: door)), [("door", door.rawValue)]))
        }
        metrics.gauge("forestage_door_sessions", "Sessions that came by WHIP or WHEP.", counts)
        metrics.counter(
            "forestage_door_undecodable_tracks_total", "Tracks that a WHEP player could not decode.",
            [.init(Double(await sessions.undecodableTracks))])
    }

    /// The answer to a request of any method below one of the doors.
    func respond(to request: Request, at path: DoorPath) async -> Response {
        var response: Response
        do throws(DoorProblem) {
            switch path {
            case .endpoint(let door, let room):
                response = try await respond(to: request, endpoint: door, room: room)
            case .session(_, _, let id):
                response = try await respond(to: request, session: id, at: path)
            case .unknown:
                throw DoorProblem(
                    .notFound, .notFound,
                    "expected /whip/{room} or /whep/{room}; a room's name is \(RoomName.rule)")
            }
        } catch {
            logger.debug("refused", metadata: ["path": "\(path.text)", "code": "\(error.code.rawValue)"])
            response = error.response(retryAfter: configuration.retryAfter)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// `OPTIONS`; the server adds what a preflight asks for.
    static func options(_ methods: String, accepts: (HTTPField.Name, String)) -> Response {
        var response = Response(status: .ok)
        response.headers[.allow] = methods
        response.headers[accepts.0] = accepts.1
        return response
    }

    static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: String) -> DoorProblem {
        DoorProblem(
            .methodNotAllowed, .methodNotAllowed, "\(method.rawValue) is not allowed here, but \(allowed)",
            fields: [.allow: allowed])
    }

    /// A body of text within its limit.
    static func text(of request: Request, limit: Int) async throws(DoorProblem) -> String {
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw DoorProblem(
                .unsupportedMediaType, .unsupportedMediaType,
                "bodies are taken as they are, came Content-Encoding \(coding.prefix(40))",
                fields: [.acceptEncoding: "identity"])
        }
        let tooLarge = DoorProblem(.contentTooLarge, .tooLarge, "the body has more than \(limit) octets")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limit)
        } catch is any HTTPResponseError {
            throw tooLarge
        } catch {
            throw DoorProblem(.badRequest, .badRequest, "the body did not come whole")
        }
        guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
            throw DoorProblem(.badRequest, .badRequest, "the body is not UTF-8")
        }
        return text
    }
}

/// Lets the doors answer what is theirs, of whatever method, before any route is looked at.
struct DoorsMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let doors: Doors

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let path = DoorPath(request.uri.path) else { return try await next(request, context) }
        return await doors.respond(to: request, at: path)
    }
}
