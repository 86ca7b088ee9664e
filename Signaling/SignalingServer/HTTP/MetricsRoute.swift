import HTTPTypes
import Hummingbird

/// `GET /metrics`: Prometheus' text format; see `OperatorGuard`.
struct MetricsRoute: Sendable {
    let access: OperatorGuard
    /// Prometheus text.
    let text: @Sendable () async -> String

    func add(to router: Router<BasicRequestContext>) {
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
}
