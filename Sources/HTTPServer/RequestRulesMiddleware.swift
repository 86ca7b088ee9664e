import Foundation
import HTTPTypes
import Hummingbird

/// Answers what HTTP itself asks for, before and after the routes: faults that `RequestRulesHandler` found, encoded
/// bodies, `OPTIONS`, and methods that a path does not take.
struct RequestRulesMiddleware: RouterMiddleware {
    typealias Context = ServerRequestContext

    /// The methods of a path, as `Allow` lists them; `nil` where there is no such path.
    let methods: @Sendable (_ path: String) -> String?

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        switch request.headers[.requestFault].flatMap(RequestRulesHandler.Fault.init(rawValue:)) {
        case .host:
            throw HTTPFailure(
                .badRequest, "badHost", "one Host field with a host name or address is expected (RFC 9112 section 3.2)")
        case .expectation:
            throw HTTPFailure(
                .expectationFailed, "badExpectation", "Expect may be 100-continue alone (RFC 9110 section 10.1.1)")
        case nil: break
        }
        let path = request.uri.path
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity", methods(path) != nil {
            throw HTTPFailure(
                .unsupportedMediaType, "contentEncoding",
                "bodies are taken as they are, came Content-Encoding \(coding)",
                fields: [.acceptEncoding: "identity"])
        }
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            guard let allowed = path == "*" ? "GET, HEAD, POST, PATCH, DELETE, OPTIONS" : methods(path) else {
                throw HTTPFailure(.notFound, "notFound", "there is no \(path.prefix(200))")
            }
            guard request.method != .options else { return Response(status: .noContent, headers: [.allow: allowed]) }
            throw HTTPFailure(
                .methodNotAllowed, "methodNotAllowed", "\(request.method.rawValue) is not allowed here, but \(allowed)",
                fields: [.allow: allowed])
        }
    }
}

extension HTTPField.Name {
    fileprivate static let requestFault: HTTPField.Name = {
        guard let name = HTTPField.Name(RequestRulesHandler.faultField) else {
            preconditionFailure("\(RequestRulesHandler.faultField) is no field name")
        }
        return name
    }()
}
