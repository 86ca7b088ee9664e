import Admission
import Cryptography
import HTTPTypes
import Hummingbird

/// `GET /metrics`: Prometheus' text format, for those who know the token where there is one.
struct MetricsRoute: Sendable {
    let token: String?
    /// Prometheus text.
    let text: @Sendable () async -> String

    func add(to router: Router<BasicRequestContext>) {
        router.get("/metrics") { request, _ in
            guard isAllowed(request.headers[.authorization]) else {
                throw HTTPFailure(
                    .unauthorized, "badToken",
                    "metrics need the header Authorization: Bearer and the server's metrics token")
            }
            var response = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: await text())))
            response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return response
        }
    }

    /// How much of the token was right does not show in the time that the answer takes.
    private func isAllowed(_ authorization: String?) -> Bool {
        guard let token else { return true }
        let given = authorization.flatMap(BearerToken.init(parsing:))?.text ?? ""
        return constantTimeEqual(Array(given.utf8).span, Array(token.utf8).span)
    }
}
