import HTTPTypes
import Hummingbird

/// `GET /metrics`: Prometheus' text format; see `OperatorGuard`.
package struct MetricsPage: HTTPFront {
    private let access: OperatorGuard
    private let text: @Sendable () async -> String

    /// - Parameter text: Prometheus text.
    package init(access: OperatorGuard, text: @escaping @Sendable () async -> String) {
        self.access = access
        self.text = text
    }

    package func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/metrics") { request, _ in
            guard access.allows(authorization: request.headers[.authorization]) else {
                throw HTTPFailure(
                    .unauthorized, "badToken",
                    "metrics need the header Authorization: Bearer and the server's metrics token")
            }
            var response = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: await text())))
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        }
    }

    package func methods(at path: String) -> String? { path == "/metrics" ? "GET, HEAD, OPTIONS" : nil }
}
