import Foundation
import HTTPTypes
import Hummingbird

/// An HTTP answer that says what is wrong, as JSON: `{"code", "message"}`.
package struct HTTPFailure: Error, HTTPResponseError {
    package var status: HTTPResponse.Status
    package var code: String
    package var message: String
    /// Fields of the answer beside those that every failure has.
    package var fields: HTTPFields = [:]

    package init(_ status: HTTPResponse.Status, _ code: String, _ message: String, fields: HTTPFields = [:]) {
        self.fields = fields
        self.status = status
        self.code = code
        self.message = message
    }

    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = jsonResponse(["code": code, "message": message], status: status)
        response.headers.append(contentsOf: fields)
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

/// A response with JSON in it.
package func jsonResponse(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return Response(status: .internalServerError) }
    var response = Response(status: status, body: .init(byteBuffer: ByteBuffer(bytes: data)))
    response.headers[.contentType] = "application/json"
    response.headers[.cacheControl] = "no-store"
    return response
}
