import Admission
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Lets pages of allowed origins use the server and read every answer, refusals too, and keeps other pages out (WHATWG
/// Fetch, "CORS protocol"). It is the outermost: errors become answers here.
///
/// Credentials mode is never granted: there are no cookies, tokens decide who may come in.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    let origins: OriginPolicy
    let proxies: TrustedProxies
    /// The methods of the paths that pages of other origins may use; `nil` for all other paths.
    let methods: @Sendable (_ path: String) -> String?

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.source = proxies.source(of: request, peer: context.source.address)
        let isAnswered = origins.answers(authority: context.source.authority)
        let verdict =
            isAnswered ? origins.verdict(origin: request.headers.joined(.origin), source: context.source) : .refused
        guard let methods = methods(request.uri.path) else {
            return try await answer(to: request, verdict, context, next)
        }
        var response = try await answer(to: request, verdict, context, next)
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard case .allowed(let origin) = verdict else { return response }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            // Permission to ask is one thing, whether there is something another: the page reads the 404 of its request.
            if response.status == .notFound { response = Response(status: .noContent, headers: [.vary: "Origin"]) }
            response.headers.answerPreflight(of: request, methods: methods)
        } else {
            response.headers[.accessControlExposeHeaders] = HTTPFields.exposed
        }
        response.headers[.accessControlAllowOrigin] = origin
        return response
    }

    /// The answer, also to requests that are refused or fail.
    private func answer(
        to request: Request, _ verdict: OriginPolicy.Verdict, _ context: ServerRequestContext,
        _ next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            guard origins.answers(authority: context.source.authority) else {
                throw HTTPFailure.wrongHost(context.source)
            }
            // What changes nothing is answered: the browser does not let the page read it.
            if verdict.isRefused, ![.get, .head, .options].contains(request.method) {
                throw HTTPFailure.wrongOrigin(request.headers.joined(.origin), context.source)
            }
            return try await next(request, context)
        } catch let error as HTTPParserError {
            throw error  // the connection is not HTTP any more
        } catch let error as any HTTPResponseError {
            return try error.response(from: request, context: context)
        } catch {
            context.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return try HTTPFailure(.internalServerError, "internal", "the server failed; its log tells the error")
                .response(from: request, context: context)
        }
    }
}

extension HTTPFailure {
    /// The page is of an origin that may not use the server.
    package static func wrongOrigin(_ origin: String?, _ source: RequestSource) -> HTTPFailure {
        let own = source.authority.map {
            " (its own pages are at \(source.scheme.map { "\($0)://" } ?? "")\($0.prefix(200)))"
        }
        return HTTPFailure(
            .forbidden, "wrongOrigin",
            "pages of \(origin?.prefix(200) ?? "") may not use this server\(own ?? ""); add that origin to allowedOrigins, or "
                + "where a proxy stands between, have it pass on Host, or name it in trustedProxies")
    }

    /// The name is none that the server answers under (`OwnNames`).
    package static func wrongHost(_ source: RequestSource) -> HTTPFailure {
        HTTPFailure(
            .forbidden, "wrongHost",
            "in development mode the server is reached by its address, localhost, or a name that is not public; to reach it as "
                + "\(source.authority?.prefix(200) ?? ""), add that origin to allowedOrigins")
    }
}

extension TrustedProxies {
    /// Who sent the request; `peer` is the address of the connection's other end.
    fileprivate func source(of request: Request, peer: String?) -> RequestSource {
        source(peer: peer, authority: request.head.authority) { name in
            HTTPField.Name(name).map { request.headers[values: $0] } ?? []
        }
    }
}

extension HTTPFields {
    /// Fields of answers that pages may read besides those that are always readable.
    fileprivate static let exposed =
        "Location, ETag, Link, Accept-Patch, Accept-Post, Allow, Retry-After, WWW-Authenticate, Forestage-Cannot-Decode"
    /// Fields that pages may send besides those that need no permission.
    private static let accepted = "Authorization, Content-Type, If-Match, If-None-Match"
    /// Seconds for which a browser may remember the answer to a preflight.
    private static let preflightLifetime = "7200"

    /// The fields of this name as one, as RFC 9110 section 5.3 joins them; `nil` without any.
    fileprivate func joined(_ name: HTTPField.Name) -> String? {
        let values = self[values: name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    fileprivate mutating func answerPreflight(of request: Request, methods: String) {
        self[.accessControlAllowMethods] = methods
        self[.accessControlAllowHeaders] = Self.accepted
        self[.accessControlMaxAge] = Self.preflightLifetime
        // Private Network Access: a page of the Internet asks a server in the reader's own network.
        if request.headers[.requestPrivateNetwork] == "true" { self[.allowPrivateNetwork] = "true" }
    }
}

extension HTTPField.Name {
    fileprivate static let requestPrivateNetwork = HTTPField.Name(known: "Access-Control-Request-Private-Network")
    fileprivate static let allowPrivateNetwork = HTTPField.Name(known: "Access-Control-Allow-Private-Network")
    /// https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    static let crossOriginResourcePolicy = HTTPField.Name(known: "Cross-Origin-Resource-Policy")

    private init(known name: String) {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        self = name
    }
}
