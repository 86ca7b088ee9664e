import Client
import NIOCore
import NIOHTTP1
import SDP
import SignalingClient

/// Any server's WHIP (RFC 9725) and WHEP doors: an offer by POST, an answer, DELETE at the end.
package struct WHIPDoor: LoadDoor {
    static let patience = Duration.seconds(20)
    /// Redirections that are followed (RFC 9725 section 4.5).
    static let maximumRedirections = 3

    private let publishURL: String
    private let viewURL: String
    private let token: String?
    private let identity: ClientIdentity
    private let requester: HTTPRequester

    /// - Parameters:
    ///   - url: the server: `http://HOST:PORT`.
    ///   - publishPath: where to publish, `{room}` stands for the room.
    ///   - viewPath: where to view.
    ///   - token: sent as Bearer token.
    package init(
        url: String, publishPath: String = "/whip/{room}", viewPath: String = "/whep/{room}", token: String?,
        identity: ClientIdentity, group: any EventLoopGroup
    ) throws(DoorError) {
        _ = try Endpoint(url)
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        publishURL = base + publishPath
        viewURL = base + viewPath
        self.token = token
        self.identity = identity
        requester = HTTPRequester(group: group)
    }

    package func enter(_ wish: Wish) async throws -> LoadAdmission {
        try await within(Self.patience, "answer") { try await negotiate(wish) }
    }

    private func negotiate(_ wish: Wish) async throws -> LoadAdmission {
        let url = wish.publishes ? publishURL : viewURL
        var endpoint = try Endpoint(url.replacing("{room}", with: wish.room))
        let offer = OfferBuilder(for: wish, identity: identity)
        let authorization = token.map { [("Authorization", "Bearer \($0)")] } ?? []
        let headers = [("Content-Type", "application/sdp"), ("Accept", "application/sdp")] + authorization
        var response = try await requester.send(.POST, endpoint, headers: headers, body: offer.activeOffer)
        for _ in 0..<Self.maximumRedirections where response.status == 307 || response.status == 308 {
            guard let location = response.headers.first(name: "Location") else { break }
            endpoint = try endpoint.resolving(location)
            response = try await requester.send(.POST, endpoint, headers: headers, body: offer.activeOffer)
        }
        guard response.status == 201 else {
            throw DoorError.refused(status: response.status, body: String(response.body.prefix(200)))
        }
        let parameters = try ClientParameters(offer: offer, answerText: response.body)
        guard !wish.publishes || !parameters.publications.isEmpty else {
            throw DoorError.badAnswer("the server takes nothing of what was offered")
        }
        let resource = try response.headers.first(name: "Location").map { try endpoint.resolving($0) }
        return LoadAdmission(parameters: parameters) { [requester] in
            guard let resource else { return }
            _ = try? await requester.send(.DELETE, resource, headers: authorization)
        }
    }
}
