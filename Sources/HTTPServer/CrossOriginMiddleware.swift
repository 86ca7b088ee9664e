import Admission
import HTTPTypes
import Hummingbird

/// Lets pages of allowed origins load the SDK and ask for configuration and tokens (WHATWG Fetch, "CORS protocol").
/// There are no cookies to abuse: who may come in is decided by tokens.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    let origins: OriginPolicy
    /// The methods of the paths that pages of other origins may use; `nil` for all other paths.
    let methods: @Sendable (_ path: String) -> String?

    /// Seconds for which a browser may remember the answer to a preflight.
    static let preflightLifetime = 7200

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let methods = methods(request.uri.path) else { return try await next(request, context) }
        let origin = request.headers[.origin]
        let allowed = origins.allows(origin: origin, host: request.head.authority) ? origin : nil
        if let allowed, request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            var response = Response(status: .noContent)
            response.headers.allow(allowed)
            response.headers[.accessControlAllowMethods] = methods
            response.headers[.accessControlAllowHeaders] = "Content-Type, If-None-Match"
            response.headers[.accessControlMaxAge] = String(Self.preflightLifetime)
            return response
        }
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)  // a page reads why it was refused
        }
        response.headers.allow(allowed)
        return response
    }
}

extension HTTPFields {
    /// Lets pages of the origin read the answer, and says to caches that it depends on the origin.
    fileprivate mutating func allow(_ origin: String?) {
        self[.vary] = "Origin"
        if let origin { self[.accessControlAllowOrigin] = origin }
    }
}
