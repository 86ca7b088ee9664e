import Client
import ICE
import Primitives
import RTP
import SDP
import Testing

@Suite struct ClientParametersTests {
    private func fingerprint(_ octet: UInt8) throws -> CertificateFingerprint {
        try #require(CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: octet, count: 32)))
    }

    /// The client's offer, as a room would answer it.
    private func negotiated(_ sections: [OfferBuilder.Section]) throws -> (ClientParameters, NegotiatedSession) {
        let offer = OfferBuilder(
            credentials: ICECredentials(usernameFragment: "abcd", password: "aPasswordOfTheClient123"),
            fingerprint: try fingerprint(1), sessionID: 7, cname: "me", sections: sections)
        var generator = SeededGenerator(seed: 3)
        let session = try Negotiator.negotiate(
            Offer(parsing: offer.offer()), policy: NegotiationPolicy(codecs: [.vp8, .opus]), cnamePrefix: "x",
            generator: &generator)
        let local = LocalSession(
            credentials: ICECredentials(usernameFragment: "wxyz", password: "aPasswordOfTheServer123"),
            fingerprint: try fingerprint(2), candidates: [TransportAddress(v4: 192, 0, 2, 1, port: 7_882)],
            sessionID: 8, version: 1)
        let answer = try Answer(parsing: session.answer(for: local))
        return (ClientParameters(offer: offer, answer: answer), session)
    }

    @Test func bothEndsMeanTheSameByOneNegotiation() throws {
        let (client, server) = try negotiated([
            .init(mid: "0", kind: .audio, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.opus])),
            .init(
                mid: "1", kind: .video, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.vp9, .vp8]),
                rids: ["q", "h", "f"]),
            .init(mid: "2", kind: .audio, direction: .recvonly, payloads: OfferBuilder.browserPayloads([.opus])),
            .init(mid: "3", kind: .video, direction: .recvonly, payloads: OfferBuilder.browserPayloads([.vp8])),
        ])
        #expect(client.publications.map(\.mid) == ["0", "1"])
        #expect(client.publications.map(\.payloads) == server.publications.map(\.payloads))
        #expect(client.publications[1].encodings.map(\.rid) == server.publications[1].encodings.map(\.rid))
        #expect(client.publications[1].encodings.map(\.rid) == ["q", "h", "f"])
        #expect(client.publications[1].extensions == server.publications[1].extensions)
        #expect(client.slots.map(\.ssrc) == server.slots.map(\.ssrc))
        #expect(client.slots.map(\.rtxSSRC) == server.slots.map(\.rtxSSRC))
        #expect(client.slots.map(\.cname) == server.slots.map(\.cname))
        #expect(client.slots.map(\.payloads) == server.slots.map(\.payloads))
        #expect(client.remoteCredentials.usernameFragment == "wxyz")
        #expect(client.remoteFingerprints == [try fingerprint(2)])
        #expect(client.remoteCandidates == [TransportAddress(v4: 192, 0, 2, 1, port: 7_882)])
    }

    @Test func aRejectedSectionIsLeftOut() throws {
        let (client, _) = try negotiated([
            .init(mid: "0", kind: .audio, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.opus])),
            .init(mid: "1", kind: .video, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.av1])),
        ])
        #expect(client.publications.map(\.mid) == ["0"])
    }
}
