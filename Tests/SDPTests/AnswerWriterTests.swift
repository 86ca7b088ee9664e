import Foundation
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

struct AnswerWriterTests {
    @Test(arguments: SessionDescriptionTests.fixtures, [false, true])
    func everyAnswerMirrorsItsOffer(_ name: String, _ acceptsData: Bool) throws {
        let offer = try SessionDescription(parsing: Fixture.text("sdp/\(name)"))
        let policy = NegotiationPolicy(codecs: [.vp9, .vp8, .h264, .av1, .opus, .red], acceptsData: acceptsData)
        let session = try Sample.negotiate(Offer(parsing: Fixture.text("sdp/\(name)")), policy: policy)
        let text = try session.answer(for: Sample.local())
        let answer = try SessionDescription(parsing: text)

        #expect(answer.attributes.contains(SDPAttribute("ice-lite")))
        #expect(answer.media.map(\.media) == offer.media.map(\.media))
        #expect(answer.media.map(\.transportProtocol) == offer.media.map(\.transportProtocol))
        var accepted: [String] = []
        for (asked, given) in zip(offer.media, answer.media) {
            let asks = AttributeIndex(asked.attributes)
            let gives = AttributeIndex(given.attributes)
            #expect(gives.all("mid") == asks.all("mid"))
            #expect(Set(given.formats).isSubset(of: asked.formats))
            if given.port == 0 {
                #expect(given.media == "application" && !acceptsData)
                continue
            }
            accepted += gives.all("mid")
            #expect(gives.first("setup") == "passive")
            #expect(gives.all("ice-ufrag") == ["srvU"])
            guard given.media != "application" else { continue }
            let direction = try #require(MediaDirection(gives))
            let wanted = try #require(MediaDirection(asks))
            #expect(direction == (wanted == .sendrecv ? .recvonly : wanted.reversed))
            #expect(gives.contains("rtcp-mux"))
            // Only what was offered: the same line or, for rtcp-fb, one of the same words.
            let offeredExtensions = Set(asks.all("extmap").map { ExtensionLine($0) })
            #expect(gives.all("extmap").allSatisfy { offeredExtensions.contains(ExtensionLine($0)) })
            #expect(Set(gives.all("rtcp-fb")).isSubset(of: asks.all("rtcp-fb")))
            let offeredMaps = Set(asks.all("rtpmap").map { $0.lowercased() })
            #expect(Set(gives.all("rtpmap").map { $0.lowercased() }).isSubset(of: offeredMaps))
            #expect(gives.all("rtpmap").count == given.formats.count)
            #expect(gives.all("rid").count == asks.all("rid").count)
            #expect((gives.contains("msid")) == (direction == .sendonly))
        }
        #expect(answer.attributes.first { $0.name == "group" }?.value == "BUNDLE " + accepted.joined(separator: " "))
        // Candidates once, in the section that carries the bundle.
        #expect(answer.media.map { AttributeIndex($0.attributes).all("candidate").count }.filter { $0 > 0 } == [3])
        #expect(AttributeIndex(answer.media[0].attributes).contains("candidate"))
    }

    /// A wanted change is recorded by running this test with FORESTAGE_RECORD=1, and read in the diff.
    @Test(arguments: ["chromium_seats_vp8_opus", "firefox_seats_full"])
    func answersAreAsCommitted(_ name: String) throws {
        let offer = try Offer(parsing: Fixture.text("sdp/\(name).sdp"))
        let session = try Sample.negotiate(offer, seats: Sample.seats)
        let answer = try session.answer(for: Sample.local())
        if ProcessInfo.processInfo.environment["FORESTAGE_RECORD"] == "1" {
            let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            try Data(answer.utf8).write(to: tests.appendingPathComponent("Fixtures/answers/\(name).sdp"))
        }
        #expect(try answer == Fixture.text("answers/\(name).sdp"))
    }

    @Test func theSameSeedGivesTheSameAnswer() throws {
        let offer = try Offer(parsing: Fixture.text("sdp/chromium_recvonly_av.sdp"))
        let first = try Sample.negotiate(offer, seed: 4).answer(for: Sample.local())
        #expect(try Sample.negotiate(offer, seed: 4).answer(for: Sample.local()) == first)
        #expect(try Sample.negotiate(offer, seed: 5).answer(for: Sample.local()) != first)
    }

    @Test func theVersionAndSessionIDAreTold() throws {
        let session = try Sample.negotiate(SampleOffer().parsed())
        var local = try Sample.local(version: 7)
        local.sessionID = .max
        #expect(session.answer(for: local).contains("o=- 9223372036854775807 7 IN IP4 127.0.0.1\r\n"))
    }

    @Test func withoutCandidatesThePlaceholderAddressStands() throws {
        let session = try Sample.negotiate(SampleOffer().parsed())
        var local = try Sample.local()
        local.candidates = []
        let answer = session.answer(for: local)
        #expect(answer.contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"))
        #expect(!answer.contains("a=candidate"))
    }

    @Test func rejectedSectionsHaveCredentialsToo() throws {
        let offer = try Offer(parsing: Fixture.text("sdp/firefox_sendrecv_av_dc.sdp"))
        let text = try Sample.negotiate(offer).answer(for: Sample.local())
        let data = try SessionDescription(parsing: text).media[2]
        #expect(data.port == 0)
        #expect(data.attributes.contains(SDPAttribute("ice-ufrag", "srvU")))
        #expect(data.attributes.contains(SDPAttribute("setup", "passive")))
        #expect(!data.attributes.contains { $0.name == "candidate" })
    }

    @Test func trickleIsAnsweredOnlyWhereOffered() throws {
        let session = try Sample.negotiate(SampleOffer().without("a=ice-options").parsed())
        #expect(try !session.answer(for: Sample.local()).contains("trickle"))
    }

    @Test func formatParametersAreMirroredWhereTheyHoldForBothEnds() throws {
        let firefox = try Sample.negotiate(Offer(parsing: Fixture.text("sdp/firefox_simulcast_sendonly.sdp")))
        let answer = try firefox.answer(for: Sample.local())
        #expect(answer.contains("a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\n"))
        #expect(!answer.contains("max-fs"))
        let chromium = try Sample.negotiate(Offer(parsing: Fixture.text("sdp/chromium_recvonly_av.sdp")))
        #expect(
            try chromium.answer(for: Sample.local()).contains(
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"))
    }
}

/// An extmap line without its direction.
private struct ExtensionLine: Hashable {
    let identifier: Substring
    let uri: Substring

    init(_ value: String) {
        let fields = value.fields(Separator.space)
        identifier = fields[0].divided(at: Separator.slash).head
        uri = fields[1]
    }
}
