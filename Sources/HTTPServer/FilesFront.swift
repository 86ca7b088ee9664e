import Hummingbird

/// The front of the web app's files at `/`, and of the SDK's at `/client/`, which pages of allowed origins may load too.
struct FilesFront: HTTPFront {
    private static let clientPrefix = "/client/"

    private let files: @Sendable () throws -> StaticFiles

    /// - Throws: `HTTPServerError` that names a folder that is not there.
    init(_ configuration: HTTPConfiguration) throws(HTTPServerError) {
        let folders = [("/", configuration.webDirectory), (Self.clientPrefix, configuration.clientDirectory)]
            .compactMap { prefix, path in path.map { (prefix: prefix, path: $0) } }
        let files = try StaticFiles(folders)
        let isReread = configuration.rereadsFiles
        self.files = { isReread ? try StaticFiles(folders) : files }
    }

    func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/**") { request, _ in try response(to: request) }
        router.get("/") { request, _ in try response(to: request) }
    }

    func methods(at path: String) -> String? { (try? files())?[path] == nil ? nil : "GET, HEAD, OPTIONS" }

    func crossOriginMethods(at path: String) -> String? { path.hasPrefix(Self.clientPrefix) ? "GET, HEAD" : nil }

    private func response(to request: Request) throws -> Response {
        var response = try files().response(to: request)
        // A page that isolates itself (Cross-Origin-Embedder-Policy) loads the SDK all the same.
        if request.uri.path.hasPrefix(Self.clientPrefix) {
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
        }
        return response
    }
}
