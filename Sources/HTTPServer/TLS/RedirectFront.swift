import HTTPTypes
import Hummingbird

/// The front of the plain listener beside HTTPS: every path is answered with its address over HTTPS.
struct RedirectFront: HTTPFront {
    /// The port of HTTPS.
    let port: Int

    func addRoutes(to router: Router<ServerRequestContext>) { router.add(middleware: Redirect(port: port)) }

    private struct Redirect: RouterMiddleware {
        typealias Context = ServerRequestContext

        let port: Int

        func handle(
            _ request: Request, context: ServerRequestContext,
            next: (Request, ServerRequestContext) async throws -> Response
        ) async throws -> Response {
            guard let location = RedirectFront.location(request.uri.string, host: request.head.authority, port: port)
            else {
                throw HTTPFailure(.badRequest, "badHost", "one Host field with a host name or address is expected")
            }
            // 308: a POST stays a POST (RFC 9110 section 15.4.9).
            return Response(status: .permanentRedirect, headers: [.location: location, .cacheControl: "no-store"])
        }
    }

    /// The address of a request's target over HTTPS; `nil` without a host.
    ///
    /// - Parameters:
    ///   - host: the `Host` field, whose port is that of plain HTTP.
    ///   - port: that of HTTPS.
    static func location(_ target: String, host: String?, port: Int) -> String? {
        guard let host = host.map(withoutPort), !host.isEmpty else { return nil }
        let path = target.hasPrefix("/") ? target : "/"
        return "https://\(host)\(port == 443 ? "" : ":\(port)")\(path)"
    }

    private static func withoutPort(_ authority: String) -> Substring {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else {
            return authority[...]
        }
        // A colon within the brackets is a part of the IPv6 address.
        return authority[..<colon]
    }
}
