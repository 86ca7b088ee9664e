import HTTPTypes
import Hummingbird

/// Tells browsers to come by HTTPS alone (RFC 6797).
struct TransportSecurityMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    /// Seconds for which a browser remembers it: half a year.
    static let lifetime = 180 * 86_400

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        response.headers[.strictTransportSecurity] = "max-age=\(Self.lifetime)"
        return response
    }
}
