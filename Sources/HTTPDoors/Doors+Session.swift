import HTTPTypes
import Hummingbird
import Rooms
import SDP

extension Doors {
    static let sessionMethods = "PATCH, DELETE, OPTIONS, GET, HEAD"

    /// RFC 9725 sections 4.2 and 4.3.
    func respond(
        to request: Request, session id: String, at path: DoorPath
    ) async throws(DoorProblem) -> Response {
        switch request.method {
        case .options:
            return Self.options(Self.sessionMethods, accepts: (.acceptPatch, DoorMediaType.fragment))
        case .get, .head:
            // There is nothing to be seen (RFC 9725 section 4.1), but whether the session is alive.
            let session = try await sessions.session(id, at: path)
            var response = Response(status: .noContent)
            response.headers[.cannotDecode] = session.cannotDecode
            return response
        case .patch:
            let session = try await authorized(request, id, path)
            try await patch(request, session)
            return Response(status: .noContent)
        case .delete:
            // An entity-tag would not matter here (RFC 9725 section 4.3.1).
            let session = try await authorized(request, id, path)
            guard await sessions.remove(id) else { throw DoorSessions.noSuchSession }
            await session.participant.leave()
            return Response(status: .ok)
        default:
            throw Self.methodNotAllowed(request.method, allowed: Self.sessionMethods)
        }
    }

    private func authorized(
        _ request: Request, _ id: String, _ path: DoorPath
    ) async throws(DoorProblem) -> DoorSession {
        let session = try await sessions.session(id, at: path)
        try authorization.check(session, authorization: request.headers[.authorization], now: secondsSince1970())
        return session
    }

    /// Takes candidates and forgets them: an ICE-lite server answers checks from wherever they come. An ICE restart is
    /// refused, and the session goes on as it was.
    private func patch(_ request: Request, _ session: DoorSession) async throws(DoorProblem) {
        try await sessions.admitPatch(session.id, now: now())
        guard DoorMediaType.matches(request.headers[.contentType], DoorMediaType.fragment) else {
            throw DoorProblem(
                .unsupportedMediaType, .unsupportedMediaType,
                "expected \(DoorMediaType.fragment), came \(request.headers[.contentType] ?? "no Content-Type")",
                fields: [.acceptPatch: DoorMediaType.fragment])
        }
        try Self.checkPrecondition(request.headers[values: .ifMatch], session.entityTag)
        let text = try await Self.text(of: request, limit: configuration.maximumFragmentOctets)
        let fragment: TrickleFragment
        do {
            fragment = try TrickleFragment(parsing: text)
        } catch {
            throw DoorProblem(.badRequest, .badFragment, error.description)
        }
        guard fragment.credentials == nil || fragment.credentials == session.credentials else {
            throw DoorProblem(
                .unprocessableContent, .iceRestartNotSupported,
                "the fragment has other ICE credentials than the offer: an ICE restart, which this server does not carry "
                    + "out yet. The session goes on as it is; to start anew, offer again.")
        }
    }

    /// RFC 9110 section 13.1.1, by strong comparison, and RFC 6585 section 3.
    private static func checkPrecondition(_ fields: [String], _ entityTag: String) throws(DoorProblem) {
        guard !fields.isEmpty else {
            throw DoorProblem(
                .preconditionRequired, .preconditionRequired,
                "If-Match is missing; it must name the ETag that came with the answer")
        }
        let tags = fields.flatMap { field in
            field.split(separator: ",").map { tag in tag.filter { $0 != " " && $0 != "\t" } }
        }
        guard tags.contains("*") || tags.contains(entityTag) else {
            throw DoorProblem(
                .preconditionFailed, .preconditionFailed,
                "If-Match names another ICE session than the current one; the ETag that came with the answer is expected"
            )
        }
    }
}
