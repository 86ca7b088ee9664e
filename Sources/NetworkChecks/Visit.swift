import Client
import ICE
import Primitives
import RTP
import SDP
import SignalingClient
import SignalingProtocol

/// A short stay in a room as a viewer, for what only those learn who were let in.
struct Visit {
    let session: ClientSession
    let joined: JoinedMessage
    let parameters: ClientParameters
    /// UDP candidates of the answer, and those to connect to over TCP (RFC 6544 section 4.1).
    var udp: [TransportAddress] = []
    var tcp: [TransportAddress] = []

    /// Joins.
    ///
    /// - Throws: `DoorError`.
    init(_ session: ClientSession, room: String, token: String?, identity: ClientIdentity) async throws {
        var generator = SystemRandomNumberGenerator()
        let offer = OfferBuilder(
            credentials: .random(using: &generator), fingerprint: identity.fingerprint,
            sessionID: .random(in: 1...(1 << 62), using: &generator), cname: "doctor",
            sections: [
                .init(mid: "0", kind: .audio, direction: .recvonly, payloads: OfferBuilder.browserPayloads([.opus]))
            ])
        let join = JoinMessage(
            token: token, room: token == nil ? room : nil, name: "Doctor",
            media: .init(offer: offer.offer(), slots: [.init(mid: "0", use: .audio, seat: 0)], publish: []))
        guard case .joined(let joined) = try await session.request(.join(join)), let answer = joined.answer else {
            throw DoorError.badAnswer("a reply to join without an answer")
        }
        self.session = session
        self.joined = joined
        do {
            parameters = ClientParameters(offer: offer, answer: try Answer(parsing: answer))
        } catch {
            throw DoorError.badAnswer("\(error)")
        }
        for line in answer.split(whereSeparator: \.isNewline) {
            guard line.hasPrefix("a=candidate:"), let candidate = try? ICECandidate(parsing: line.dropFirst(12)),
                let address = TransportAddress(candidate.address, port: candidate.port)
            else { continue }
            switch candidate.transport {
            case .udp: if !udp.contains(address) { udp.append(address) }
            case .tcp: if candidate.tcpType == .passive, !tcp.contains(address) { tcp.append(address) }
            }
        }
    }
}
