import AccessTokens
import Admission
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Primitives
import Rooms
import SignalingProtocol

/// `POST /v1/tokens`: exchanges invitations, and in development mode makes tokens for everybody.
struct TokenRoute: Sendable {
    let configuration: SignalingConfiguration
    let signer: AccessTokenSigner?
    let invitations: InvitationDesk
    /// Seconds since 1970.
    let secondsSince1970: @Sendable () -> Int

    private struct TokenRequest: Decodable {
        var invitation: String?
        /// An earlier access token of the invitation.
        var token: String?
        var room: String?
        var identity: String?
        var name: String?
        var role: String?
        var encrypted: Bool?
    }

    func response(to request: Request) async throws -> Response {
        jsonResponse(try answer(to: try await body(of: request)))
    }

    private func body(of request: Request) async throws(HTTPFailure) -> TokenRequest {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: SignalingRoutes.bodyLimit)
        } catch {
            throw HTTPFailure(.contentTooLarge, "tooLarge", "the body has at most \(SignalingRoutes.bodyLimit) octets")
        }
        guard JSONDepth.isWithin(ProtocolLimits.depth, body.readableBytesView),
            let wanted = try? JSONDecoder().decode(TokenRequest.self, from: Data(body.readableBytesView))
        else { throw Self.badRequest }
        if let problem = wanted.name.flatMap({ PersonName.problem($0) }) { throw Self.bad("`name` \(problem)") }
        if let problem = wanted.identity.flatMap({ PersonName.problem(identity: $0) }) {
            throw Self.bad("`identity` \(problem)")
        }
        return wanted
    }

    private func answer(to wanted: TokenRequest) throws(HTTPFailure) -> InvitationDesk.Exchanged {
        if let invitation = wanted.invitation {
            do throws(MessageError) {
                return try invitations.exchange(invitation, name: wanted.name, earlier: wanted.token)
            } catch {
                throw HTTPFailure(error)
            }
        }
        guard configuration.isDevelopment else {
            throw HTTPFailure(
                .notFound, "notFound",
                "here an invitation is exchanged for a token: {\"invitation\", \"name\"?, \"token\"?}; tokens for everybody are "
                    + "handed out in development mode only (--dev)")
        }
        guard let signer else { throw HTTPFailure(.notFound, "notFound", InvitationDesk.noKey) }
        guard let room = wanted.room else { throw Self.badRequest }
        guard RoomName.isValid(room) else { throw Self.bad("`room` must be \(RoomName.rule)") }
        guard wanted.role.map({ Role(rawValue: $0) != nil }) ?? true else {
            throw Self.bad("`role` must be one of \(names(Role.allCases).joined(separator: ", "))")
        }
        let expiresAt = secondsSince1970() + Int(configuration.developmentTokenLifetime.components.seconds)
        let identity = wanted.identity ?? "guest-\(UInt64.random(in: .min ... .max))"
        let claims = AccessClaims(
            identity: identity, name: wanted.name, room: room, role: wanted.role, encrypted: wanted.encrypted,
            isSelfMade: true, expiresAt: expiresAt)
        return InvitationDesk.Exchanged(
            token: signer.sign(claims), identity: identity, room: room, role: wanted.role ?? "viewer",
            expiresAt: expiresAt)
    }

    private static let badRequest = bad(
        "expected {\"invitation\", \"name\"?, \"token\"?}, or in development mode {\"room\", \"identity\"?, \"name\"?, \"role\"?, "
            + "\"encrypted\"?}")

    private static func bad(_ message: String) -> HTTPFailure { HTTPFailure(.badRequest, "badRequest", message) }
}

extension HTTPFailure {
    /// What hinders the exchange of an invitation.
    fileprivate init(_ error: MessageError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .badInvitation: .badRequest
            case .tooManyRequests: .tooManyRequests
            default: .forbidden
            }
        self.init(
            status, error.code.rawValue, error.message, fields: status == .tooManyRequests ? [.retryAfter: "1"] : [:])
    }
}
