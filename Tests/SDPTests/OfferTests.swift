import ICE
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

struct OfferTests {
    @Test(arguments: SessionDescriptionTests.fixtures)
    func everyRealOfferIsUnderstood(_ name: String) throws {
        let offer = try Offer(parsing: Fixture.text("sdp/\(name)"))
        #expect(offer.isTrickle)
        #expect(offer.extmapAllowMixed == name.hasPrefix("chromium"))
        #expect(offer.fingerprints.count == 1)
        #expect(offer.bundle == offer.sections.compactMap(\.mid))
        for section in offer.sections where section.kind.mediaKind != nil {
            #expect(!section.payloads.isEmpty)
            #expect(section.extensions[.mid] != nil)
            for payload in section.payloads where payload.format.codec.kind == .video {
                #expect(payload.rtxPayloadType != nil || payload.feedback.isEmpty)
                #expect(payload.feedback == [.nack, .pli, .fir, .remb, .transportCC])
            }
        }
    }

    @Test(arguments: ["chromium_seats_vp8_opus.sdp", "chromium_seats_full.sdp", "firefox_seats_full.sdp"])
    func theSeatsOfferHolds22Sections(_ name: String) throws {
        let offer = try Offer(parsing: Fixture.text("sdp/\(name)"))
        #expect(offer.sections.map(\.index) == Array(0..<22))
        #expect(offer.sections.map(\.direction).prefix(4).allSatisfy { $0 == .sendonly })
        #expect(offer.sections[4..<21].allSatisfy { $0.direction == .recvonly })
        #expect(offer.sections[21].kind == .application)
        #expect(offer.sections[21].sctpPort == 5_000)
        #expect(offer.sections.filter { $0.kind == .video }.count == 9)
        #expect(offer.sections[1].simulcast.streams.map(\.rid) == ["q", "h", "f"])
        #expect(!offer.sections.contains { $0.isZeroPort })
        #expect(offer.sections[2].msid?.streamID == nil)
        #expect(offer.sections[2].msid?.trackID != nil)
    }

    @Test func payloadTypesAreResolved() throws {
        let offer = try Offer(parsing: Fixture.text("sdp/chromium_all_header_extensions.sdp"))
        let video = offer.sections[1]
        #expect(
            video.payloads.map(\.payloadType) == [96, 102, 104, 108, 114, 116, 39, 45, 98, 100])
        #expect(video.payloads.map(\.rtxPayloadType) == [97, 103, 107, 109, 115, 117, 40, 46, 99, 101])
        #expect(
            video.payloads[1].format
                == CodecFormat(.h264, profile: ["profile-level-id": "42001f", "packetization-mode": "1"]))
        #expect(video.payloads.last?.format == CodecFormat(.vp9, profile: ["profile-id": "2"]))
        #expect(video.sources.primary == SSRC(4_129_398_950))
        #expect(video.sources.retransmissions == [SSRC(4_129_398_950): SSRC(3_779_160_152)])
        let audio = offer.sections[0]
        #expect(audio.payloads.map(\.format.codec) == [.opus, .red])
        #expect(audio.redundancy == [63: [111, 111]])
        #expect(audio.payloads[0].feedback == .transportCC)
        #expect(offer.credentials == ICECredentials(usernameFragment: "p+Ju", password: "RV1Tulp6ed7/Xdd22CUe5qCX"))
    }

    @Test func attributesAtSessionLevelHoldForAllSections() throws {
        let credentials = ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"]
        let fingerprint = "a=fingerprint:sha-256 \(SampleOffer.hash)"
        let offer = try SampleOffer().without("a=ice-").without("a=fingerprint").without("a=setup")
            .addingToSession(credentials[0], credentials[1], fingerprint, "a=setup:active").parsed()
        #expect(offer.credentials.usernameFragment == "abcd")
        #expect(offer.fingerprints.count == 1)
        #expect(!offer.isTrickle)
    }

    @Test func aSectionThatOnlyRidesInTheBundleNeedSayNothingOfTheTransport() throws {
        let transport = ["a=ice", "a=fingerprint", "a=setup", "a=rtcp-mux"]
        var sample = SampleOffer()
        sample.lines =
            sample.lines[..<17] + sample.lines[17...].filter { line in !transport.contains { line.hasPrefix($0) } }
        _ = try sample.parsed()
    }

    @Test func disabledSectionsMayLackEverything() throws {
        let offer = try SampleOffer().adding("m=video 0 RTP/AVP 31", "m=audio 0 UDP/TLS/RTP/SAVPF 0").parsed()
        #expect(offer.sections.map(\.isZeroPort) == [false, false, true, true])
        #expect(offer.sections[2].mid == nil)
    }

    @Test func simulcastTakesAlternativesAndPausedStreams() throws {
        let offer = try SampleOffer().adding(
            "a=rid:a send", "a=rid:b send max-width=320;pt=96", "a=rid:c send", "a=rid:r recv", "a=rid:! send",
            "a=simulcast:recv r send x,~b;a,c;c"
        ).parsed()
        let simulcast = offer.sections[1].simulcast
        #expect(simulcast.rids == ["a", "b", "c"])
        #expect(simulcast.streams.map(\.rid) == ["b", "a", "c"])
        #expect(simulcast.streams.map(\.isPaused) == [true, false, false])
        #expect(simulcast.restrictions == ["b": "max-width=320"])
    }

    @Test func simulcastStreamsAreLimited() throws {
        let rids = (0..<40).map { "r\($0)" }
        var sample = SampleOffer()
        sample.lines += rids.map { "a=rid:\($0) send" } + ["a=simulcast:send " + rids.joined(separator: ";")]
        #expect(
            try sample.parsed().sections[1].simulcast.streams.count == SimulcastDescription.maximumStreams)
    }

    @Test func ssrcsAreLimited() throws {
        var sample = SampleOffer()
        sample.lines += (1...500).map { "a=ssrc:\($0) cname:x" }
        #expect(try sample.parsed().sections[1].sources.ssrcs.count == SourceAttributes.maximumSources)
    }

    @Test func feedbackForAllPayloadTypesIsUnderstood() throws {
        let offer = try SampleOffer().adding("a=rtcp-fb:* ccm fir", "a=rtcp-fb:* nack pli").parsed()
        #expect(offer.sections[1].payloads[0].feedback == [.nack, .fir, .pli])
    }

    @Test func payloadTypesThatCollideWithRTCPAreIgnored() throws {
        let offer = try SampleOffer().replacing("m=video", by: "m=video 9 UDP/TLS/RTP/SAVPF 72 96 128 x 96")
            .adding("a=rtpmap:72 VP9/90000", "a=rtpmap:128 VP9/90000").parsed()
        #expect(offer.sections[1].payloads.map(\.payloadType) == [96])
    }

    @Test func identifiersThatCannotBeWrittenAreIgnored() throws {
        let wide = SampleOffer().adding(
            "a=extmap:0 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:15 urn:3gpp:video-orientation",
            "a=extmap:16 urn:ietf:params:rtp-hdrext:toffset",
            "a=extmap:4096 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id")
        let narrow = try wide.parsed().sections[1].extensions
        #expect(HeaderExtension.allCases.filter { narrow[$0] != nil } == [.mid])
        let mixed = try wide.addingToSession("a=extmap-allow-mixed").parsed().sections[1].extensions
        #expect(mixed[.transmissionOffset] == 16)
    }
}
