import RTP
import TestSupport
import Testing

@testable import SDP

/// Who begins the DTLS handshake (RFC 8842 section 5): the client, wherever it can.
struct SetupTests {
    private func answers(_ session: NegotiatedSession) throws -> Set<String> {
        let answer = try SessionDescription(parsing: session.answer(for: Sample.local()))
        return Set(answer.media.compactMap { AttributeIndex($0.attributes).first("setup") })
    }

    @Test(arguments: [("actpass", "passive"), ("active", "passive"), ("passive", "active")])
    func theAnswerComplementsTheOffer(offered: String, answered: String) throws {
        let offer = try SampleOffer().replacing("a=setup", by: "a=setup:\(offered)").parsed()
        let session = try Sample.negotiate(offer)
        #expect(try answers(session) == [answered])
        #expect(session.startsHandshake == (answered == "active"))
    }

    /// As ffmpeg's WHIP muxer offers it.
    @Test func anEncoderThatOnlyWaitsIsAnsweredActive() throws {
        let session = try Sample.negotiate(Offer(parsing: Fixture.text("use/setup-passive.sdp")))
        #expect(session.startsHandshake)
        #expect(try answers(session) == ["active"])
        #expect(session.publications.map(\.kind) == [.audio, .video])
    }

    @Test func aFurtherOfferThatLeavesItOpenKeepsTheRole() throws {
        for (first, isClient) in [("passive", true), ("active", false), ("actpass", false)] {
            let before = try Sample.negotiate(
                SampleOffer().replacing("a=setup", by: "a=setup:\(first)").parsed())
            let after = try Sample.negotiate(SampleOffer().parsed(), previous: before)
            #expect(after.startsHandshake == isClient)
            #expect(try answers(after) == [isClient ? "active" : "passive"])
        }
    }
}
