import Foundation
import HTTPTypes
import Hummingbird

/// An answer that says what is wrong: a status, and a body that helps (RFC 9457, `application/problem+json`).
struct DoorProblem: Error, Sendable {
    /// What is wrong, for programs.
    enum Code: String, Sendable {
        case badOffer, cannotNegotiate, badFragment, badRequest, badToken, tokenRequired, forbidden, notFound
        case noSuchRoom, noSuchSession, methodNotAllowed, unsupportedMediaType, tooLarge, preconditionRequired
        case preconditionFailed, iceRestartNotSupported, roomFull, roomLocked, stageFull, serverFull, tooManyRequests
        case draining, roomEnded, encryptionDiffers, removed, invitationRevoked, hostTaken
    }

    var status: HTTPResponse.Status
    var code: Code
    /// What was expected and what came, for people.
    var detail: String
    var fields: HTTPFields = [:]
    /// Whether the same may work in a while.
    var isPassing = false

    init(_ status: HTTPResponse.Status, _ code: Code, _ detail: String, fields: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
    }

    /// Something that will have passed when `Retry-After` is over.
    static func passing(_ status: HTTPResponse.Status, _ code: Code, _ detail: String) -> DoorProblem {
        var problem = DoorProblem(status, code, detail)
        problem.isPassing = true
        return problem
    }

    private struct Body: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var code: String
        var detail: String
    }

    func response(retryAfter: Duration) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Body(title: status.reasonPhrase, status: status.code, code: code.rawValue, detail: detail)
        let data = (try? encoder.encode(body)) ?? Data()
        // The body brings its length along, so the fields are added to the response's own.
        var response = Response(status: status, body: .init(byteBuffer: ByteBuffer(bytes: data)))
        response.headers.append(contentsOf: fields)
        response.headers[.contentType] = "application/problem+json"
        if isPassing { response.headers[.retryAfter] = "\(max(1, retryAfter.components.seconds))" }
        return response
    }
}
