import Client
import NIOCore
import RTP
import SDP
import SignalingClient
import SignalingProtocol

/// Forestage's WebSocket door.
package struct SignalingDoor: LoadDoor {
    /// How long a join may take.
    static let patience = Duration.seconds(20)

    private let endpoint: Endpoint
    private let token: String?
    private let identity: ClientIdentity
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - url: the server: `http://HOST:PORT`.
    ///   - token: an access token; without one the server must be in development mode.
    package init(
        url: String, token: String?, identity: ClientIdentity, group: any EventLoopGroup
    ) throws(DoorError) {
        var endpoint = try Endpoint(url)
        endpoint.path = "/v1/signal"
        self.endpoint = endpoint
        self.token = token
        self.identity = identity
        self.group = group
    }

    package func enter(_ wish: Wish) async throws -> LoadAdmission {
        try await within(Self.patience, "reply to join") { try await join(wish) }
    }

    private func join(_ wish: Wish) async throws -> LoadAdmission {
        let session = try await ClientSession(endpoint, group: group)
        // Lives as long as the connection.
        Task { await session.run() }
        do {
            let offer = OfferBuilder(for: wish, identity: identity)
            let publish =
                wish.publishes
                ? [
                    PublishRequestMessage(mid: "m", source: .microphone),
                    PublishRequestMessage(mid: "c", source: .camera),
                ] : []
            let slots = (0..<wish.seats).flatMap { seat in
                ["a", "v"].map { SlotRequestMessage(mid: "\($0)\(seat)", use: .seat, seat: seat) }
            }
            let join = JoinMessage(
                token: token, room: wish.room, name: wish.name, role: token == nil ? wish.role : nil,
                media: .init(offer: offer.offer(), slots: slots, publish: publish))
            guard case .joined(let joined) = try await session.request(.join(join)) else {
                throw DoorError.badAnswer("a reply other than joined")
            }
            guard let answer = joined.answer else { throw DoorError.badAnswer("no answer in joined") }
            let parameters = try ClientParameters(offer: offer, answerText: answer)
            if wish.publishes {
                try await session.request(.publish(.microphone))
                try await session.request(.publish(.camera))
            }
            return LoadAdmission(
                parameters: parameters, session: session, participant: joined.participant.id,
                leave: { await session.leave() })
        } catch {
            await session.leave()
            throw error
        }
    }
}
