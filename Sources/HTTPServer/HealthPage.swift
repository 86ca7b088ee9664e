import HTTPTypes
import Hummingbird

/// `GET /healthz`: whether the server takes new participants, for load balancers.
package struct HealthPage: HTTPFront {
    private let isHealthy: @Sendable () async -> Bool

    package init(isHealthy: @escaping @Sendable () async -> Bool) { self.isHealthy = isHealthy }

    package func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/healthz") { _, _ in
            guard await isHealthy() else {
                throw HTTPFailure(.serviceUnavailable, "draining", "the server is about to end")
            }
            return Response(
                status: .ok, headers: [.contentType: "text/plain"],
                body: .init(byteBuffer: ByteBuffer(string: "ok\n")))
        }
    }

    package func methods(at path: String) -> String? { path == "/healthz" ? "GET, HEAD, OPTIONS" : nil }
    package func crossOriginMethods(at path: String) -> String? { path == "/healthz" ? "GET, HEAD" : nil }
}
