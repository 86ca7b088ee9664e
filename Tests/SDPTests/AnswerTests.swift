import ICE
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

/// The client's side: its offer, the server's answer, and what the client reads from it.
struct AnswerTests {
    private func builder() throws -> OfferBuilder {
        let hash = (0..<32).map { UInt8($0 &* 3) }
        return OfferBuilder(
            credentials: ICECredentials(usernameFragment: "cliU", password: "clientPassword0123456789"),
            fingerprint: try #require(CertificateFingerprint(algorithm: .sha256, hash: hash)), sessionID: 5,
            cname: "client",
            sections: [
                .init(
                    mid: "mic", kind: .audio, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.opus]),
                    ssrc: SSRC(10)),
                .init(
                    mid: "cam", kind: .video, direction: .sendonly,
                    payloads: OfferBuilder.browserPayloads([.vp8, .h264, .vp9, .av1]), rids: ["q", "h", "f"]),
                .init(
                    mid: "scr", kind: .video, direction: .sendonly, payloads: OfferBuilder.browserPayloads([.vp8]),
                    ssrc: SSRC(20), rtxSSRC: SSRC(21)),
                .init(
                    mid: "a", kind: .audio, direction: .recvonly, payloads: OfferBuilder.browserPayloads([.opus, .red])),
                .init(mid: "v", kind: .video, direction: .recvonly, payloads: OfferBuilder.browserPayloads([.vp8])),
            ], dataMid: "d")
    }

    @Test func theClientsOfferIsTakenWhole() throws {
        let builder = try builder()
        let offer = try Offer(parsing: builder.offer())
        #expect(offer.credentials == builder.credentials)
        #expect(offer.fingerprints == [builder.fingerprint])
        #expect(offer.bundle == ["mic", "cam", "scr", "a", "v", "d"])
        for (built, read) in zip(builder.sections, offer.sections) {
            #expect(read.mid == built.mid)
            #expect(read.direction == built.direction)
            #expect(read.payloads == built.payloads)
            #expect(read.extensions == built.extensions)
            #expect(read.simulcast.streams.map(\.rid) == built.rids)
        }
        let session = try Sample.negotiate(offer)
        #expect(session.publications[0].encodings == [.init(ssrc: SSRC(10))])
        #expect(session.publications[1].encodings.map(\.rid) == ["q", "h", "f"])
        #expect(session.publications[2].encodings == [.init(ssrc: SSRC(20), rtxSSRC: SSRC(21))])
    }

    @Test func theClientReadsWhatTheServerAgreedTo() throws {
        let session = try Sample.negotiate(Offer(parsing: builder().offer()), seats: ["a": 0, "v": 0])
        let local = try Sample.local()
        let answer = try Answer(parsing: session.answer(for: local))
        #expect(answer.credentials == local.credentials)
        #expect(answer.fingerprints == [local.fingerprint])
        #expect(Set(answer.candidates) == Set(local.candidates))
        #expect(answer.isLite)
        #expect(answer.sections.map(\.isRejected) == [false, false, false, false, false, true])
        for publication in session.publications {
            let section = try #require(answer[mid: publication.mid])
            #expect(section.direction == .recvonly)
            #expect(section.payloads == publication.payloads)
            #expect(section.extensions == publication.extensions)
            #expect(section.rids == publication.encodings.compactMap(\.rid))
        }
        for slot in session.slots {
            let section = try #require(answer[mid: slot.mid])
            #expect(section.direction == .sendonly)
            #expect(section.payloads == slot.payloads)
            #expect(section.extensions == slot.extensions)
            #expect(section.ssrc == slot.ssrc)
            #expect(section.rtxSSRC == slot.rtxSSRC)
            #expect(section.cname == "peer1-seat0")
            #expect(section.msid?.streamID == "seat0")
        }
    }

    @Test func anAnswerThatAcceptsNothingIsAnError() throws {
        let session = try Sample.negotiate(SampleOffer().parsed())
        let text = try session.answer(for: Sample.local())
        var rejected = try SessionDescription(parsing: text)
        for index in rejected.media.indices { rejected.media[index].port = 0 }
        #expect(throws: OfferError.noSections) { try Answer(parsing: rejected.serialized) }
        #expect(throws: OfferError.unreadable(.notSDP(firstLine: ""))) { try Answer(parsing: "") }
    }

    @Test func everyTruncationOfAnAnswerIsRead() throws {
        let text = try Sample.negotiate(SampleOffer().parsed()).answer(for: Sample.local())
        for count in 0..<text.utf8.count {
            _ = try? Answer(parsing: String(decoding: text.utf8.prefix(count), as: UTF8.self))
        }
    }
}
