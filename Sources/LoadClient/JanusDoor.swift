import Client
import ICE
import NIOCore
import Primitives
import RTP
import SDP
import SignalingClient
import Synchronization

/// Janus' videoroom: a small adapter, so that Janus can be measured by the same client on the same machine.
///
/// Publishers offer; viewers are offered to and answer. Either way this end controls ICE and is the DTLS client; Janus
/// must run with `ice_lite`, as Forestage does by nature.
package final class JanusDoor: LoadDoor {
    static let patience = Duration.seconds(20)

    private struct Room {
        var number: Int64
        /// Publishers by Janus' numbers.
        var feeds: [Int64] = []
    }

    private let endpoint: Endpoint
    private let identity: ClientIdentity
    private let group: any EventLoopGroup
    private let rooms = Mutex<[String: Room]>([:])

    /// - Parameter url: Janus' WebSocket interface: `ws://HOST:8188`.
    package init(url: String, identity: ClientIdentity, group: any EventLoopGroup) throws(DoorError) {
        endpoint = try Endpoint(url)
        self.identity = identity
        self.group = group
    }

    package func enter(_ wish: Wish) async throws -> LoadAdmission {
        try await within(Self.patience, "answer of Janus") { [self] in
            let session = try await JanusSession(endpoint, group: group)
            do {
                let parameters =
                    wish.publishes ? try await publish(wish, session) : try await view(wish, session)
                return LoadAdmission(parameters: parameters) { await session.leave() }
            } catch {
                await session.leave()
                throw error
            }
        }
    }

    private func publish(_ wish: Wish, _ session: JanusSession) async throws -> ClientParameters {
        let (number, isNew) = rooms.withLock { rooms -> (Int64, Bool) in
            if let room = rooms[wish.room] { return (room.number, false) }
            let number = Int64.random(in: 100_000..<1_000_000_000)
            rooms[wish.room] = Room(number: number)
            return (number, true)
        }
        if isNew {
            _ = try await session.message([
                "request": "create", "room": number, "publishers": 64, "videocodec": "vp8", "audiocodec": "opus",
                // No limit on publishers, and no reports beyond what they need.
                "bitrate": 0, "notify_joining": false,
            ])
        }
        let joined = try await session.message([
            "request": "join", "ptype": "publisher", "room": number, "display": wish.name,
        ])
        guard let feed = joined.publisher else { throw DoorError.badAnswer("Janus did not number the publisher") }
        let offer = OfferBuilder(for: wish, identity: identity)
        let configured = try await session.message(["request": "publish"], jsep: ("offer", offer.activeOffer))
        guard let answer = configured.sdp else { throw DoorError.badAnswer("Janus did not answer the offer") }
        rooms.withLock { $0[wish.room]?.feeds.append(feed) }
        return try ClientParameters(offer: offer, answerText: answer)
    }

    private func view(_ wish: Wish, _ session: JanusSession) async throws -> ClientParameters {
        guard let room = rooms.withLock({ $0[wish.room] }) else { throw DoorError.badAnswer("nobody publishes there") }
        let attached = try await session.message([
            "request": "join", "ptype": "subscriber", "room": room.number,
            "streams": room.feeds.prefix(wish.seats).map { ["feed": $0] },
        ])
        guard let text = attached.sdp else { throw DoorError.badAnswer("Janus offered nothing to the viewer") }
        // An offer reads as an answer does: what this end needs of it is the same.
        let offer: Answer
        do { offer = try Answer(parsing: text) } catch { throw DoorError.badAnswer("\(error)") }
        var generator = SystemRandomNumberGenerator()
        let credentials = ICECredentials.random(using: &generator)
        var parameters = ClientParameters(
            localCredentials: credentials, remoteCredentials: offer.credentials,
            remoteFingerprints: offer.fingerprints, remoteCandidates: offer.candidates)
        var sections: [OfferBuilder.Section] = []
        for section in offer.sections where !section.isRejected {
            guard let mid = section.mid, let kind = section.payloads.first?.format.codec.kind else { continue }
            sections.append(
                OfferBuilder.Section(
                    mid: mid, kind: kind, direction: .recvonly, payloads: section.payloads,
                    extensions: section.extensions))
            guard let ssrc = section.ssrc else { continue }
            parameters.slots.append(
                SendParameters(
                    mid: mid, kind: kind, payloads: section.payloads, extensions: section.extensions, ssrc: ssrc,
                    rtxSSRC: section.rtxSSRC, cname: section.cname ?? ""))
        }
        let answer = OfferBuilder(
            credentials: credentials, fingerprint: identity.fingerprint,
            sessionID: .random(in: 1 ... .max, using: &generator), cname: wish.name, sections: sections)
        _ = try await session.message(["request": "start"], jsep: ("answer", answer.activeOffer))
        return parameters
    }
}
