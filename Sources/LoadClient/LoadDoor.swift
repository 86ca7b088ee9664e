import Client
import ICE
import Primitives
import RTP
import SDP
import SignalingClient

/// The role and streams that a participant wants in a room.
package struct Wish: Sendable {
    package var room: String
    package var name: String
    /// In development rooms: `host`, `costreamer` or `viewer`.
    package var role: String
    /// Whether the participant publishes, now or after a promotion.
    package var publishes: Bool
    /// RIDs of simulcast, the smallest first; empty without.
    package var rids: [String]
    /// People that it can see at once.
    package var seats: Int

    package init(
        room: String, name: String, role: String, publishes: Bool, rids: [String] = [], seats: Int = 0
    ) {
        self.room = room
        self.name = name
        self.role = role
        self.publishes = publishes
        self.rids = rids
        self.seats = seats
    }
}

/// A participant that a server has admitted.
package struct LoadAdmission: Sendable {
    package var parameters: ClientParameters
    /// The session at the WebSocket door, for what else there is to say.
    package var session: ClientSession?
    /// How the server calls the participant, where it does.
    package var participant: String?
    /// Takes leave of the server.
    package var leave: @Sendable () async -> Void
}

/// A way into a server.
package protocol LoadDoor: Sendable {
    /// Negotiates with the server.
    ///
    /// - Throws: `DoorError`.
    func enter(_ wish: Wish) async throws -> LoadAdmission
}

extension OfferBuilder {
    /// An offer of a headless client: its publish sections first, then its seats.
    init(for wish: Wish, identity: ClientIdentity) {
        var generator = SystemRandomNumberGenerator()
        var sections: [Section] = []
        func ssrc() -> SSRC { SSRC(.random(in: 1 ... .max, using: &generator)) }
        if wish.publishes {
            sections.append(
                Section(
                    mid: "m", kind: .audio, direction: .sendonly, payloads: Self.browserPayloads([.opus]),
                    ssrc: ssrc()))
            let isPlain = wish.rids.isEmpty
            sections.append(
                Section(
                    mid: "c", kind: .video, direction: .sendonly, payloads: Self.browserPayloads([.vp8]),
                    rids: wish.rids, ssrc: isPlain ? ssrc() : nil, rtxSSRC: isPlain ? ssrc() : nil))
        }
        for seat in 0..<wish.seats {
            sections.append(
                Section(
                    mid: "a\(seat)", kind: .audio, direction: .recvonly,
                    payloads: Self.browserPayloads([.opus])))
            sections.append(
                Section(
                    mid: "v\(seat)", kind: .video, direction: .recvonly, payloads: Self.browserPayloads([.vp8])))
        }
        self.init(
            credentials: .random(using: &generator), fingerprint: identity.fingerprint,
            sessionID: .random(in: 1 ... .max, using: &generator), cname: wish.name, sections: sections)
    }

    /// The text with this end as the DTLS client: servers at the other end of WHIP and WHEP would otherwise take that role
    /// themselves (RFC 9725 section 4.4.1 allows it).
    var activeOffer: String { offer().replacing("a=setup:actpass", with: "a=setup:active") }
}

extension ClientParameters {
    /// Reads an answer.
    ///
    /// - Throws: `DoorError.badAnswer`.
    init(offer: OfferBuilder, answerText: String) throws(DoorError) {
        let answer: Answer
        do { answer = try Answer(parsing: answerText) } catch { throw .badAnswer("\(error)") }
        self.init(offer: offer, answer: answer)
    }
}
