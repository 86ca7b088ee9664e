import TestSupport
import Testing

@testable import SDP

struct OfferErrorTests {
    private static let audio = "m-section 0 (\"audio\", mid \"0\")"
    private static let video = "m-section 1 (\"video\", mid \"1\")"

    static let cases: [(SampleOffer, OfferError)] = {
        let sample = SampleOffer()
        let md5 = "a=fingerprint:md5 AB:CD"
        let sha1 = "a=fingerprint:sha-1 AB:CD"
        let rtx = "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
        var noMid = sample
        noMid.lines.removeAll { $0 == "a=mid:1" }
        var outside = sample.replacing("a=group", by: "a=group:BUNDLE 0")
        outside.lines.insert("a=group:BUNDLE 1", at: 5)
        return [
            (sample.replacing("v=0", by: "v=2"), .unreadable(.notSDP(firstLine: "v=2"))),
            (SampleOffer(lines: Array(sample.lines.prefix(5))), .noSections),
            (
                SampleOffer(lines: sample.lines.map { $0.hasPrefix("m=") ? "m=audio 0 UDP/TLS/RTP/SAVPF 0" : $0 }),
                .noSections
            ),
            (sample.addingToSession("a=ice-lite"), .bothLite),
            (sample.without("a=group"), .noBundle),
            (sample.replacing("a=group", by: "a=group:BUNDLE 0"), .outsideBundle(section: video)),
            (outside, .outsideBundle(section: video)),
            (noMid, .missingMid(section: "m-section 1 (\"video\")")),
            (
                sample.replacing("a=mid:1", by: "a=mid:a b"),
                .invalidMid(section: "m-section 1 (\"video\", mid \"a b\")")
            ),
            (
                sample.replacing("a=mid:1", by: "a=mid:0123456789012345678901234567890123"),
                .invalidMid(section: "m-section 1 (\"video\", mid \"0123456789012345678901234567890123\")")
            ),
            (sample.replacing("a=mid:1", by: "a=mid:0"), .duplicateMid(section: "m-section 1 (\"video\", mid \"0\")")),
            (
                sample.replacing("m=audio", by: "m=audio 9 RTP/AVP 111").without("a=fingerprint"),
                .insecureTransport(section: audio, came: "RTP/AVP")
            ),
            (
                sample.replacing("m=audio", by: "m=audio 9 RTP/AVPF 111").without("a=fingerprint"),
                .insecureTransport(section: audio, came: "RTP/AVPF")
            ),
            (
                sample.replacing("m=video", by: "m=video 9 RTP/SAVPF 96").without("a=fingerprint"),
                .insecureTransport(section: video, came: "RTP/SAVPF")
            ),
            (sample.adding("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"), .sdes(section: video)),
            (sample.without("a=rtcp-mux"), .missingRTCPMux(section: audio)),
            (sample.without("a=ice-ufrag"), .missingCredentials(section: audio)),
            (sample.without("a=ice-pwd"), .missingCredentials(section: audio)),
            (sample.replacing("a=ice-ufrag", by: "a=ice-ufrag:abc"), .invalidCredentials(section: audio)),
            (sample.replacing("a=ice-ufrag", by: "a=ice-ufrag:ab d"), .invalidCredentials(section: audio)),
            (sample.replacing("a=ice-pwd", by: "a=ice-pwd:012345678901234567890"), .invalidCredentials(section: audio)),
            (sample.without("a=fingerprint"), .missingFingerprint(section: audio)),
            (sample.replacing("a=fingerprint", by: md5), .unusableFingerprint(section: audio, came: "md5 AB:CD")),
            (sample.replacing("a=fingerprint", by: sha1), .unusableFingerprint(section: audio, came: "sha-1 AB:CD")),
            (sample.replacing("a=setup", by: "a=setup:holdconn"), .wrongSetup(section: audio, came: "holdconn")),
            (sample.without("a=setup"), .wrongSetup(section: audio, came: nil)),
            (sample.adding(rtx), .extensionConflict(section: video, identifier: 4)),
            (
                sample.replacing("a=rtpmap:111", by: "a=ssrc:7 cname:x").adding("a=ssrc:7 cname:x"),
                .duplicateSSRC(section: video, ssrc: 7)
            ),
        ]
    }()

    @Test(arguments: cases)
    func eachFaultHasItsError(_ sample: SampleOffer, _ expected: OfferError) {
        #expect(throws: expected) { try sample.parsed() }
    }

    @Test(arguments: cases)
    func textsSayWhatToDoAndStayShort(_ sample: SampleOffer, _ expected: OfferError) {
        #expect(expected.description.hasSuffix("."))
        #expect(expected.description.utf8.count < 300)
    }

    @Test func anOfferThatIsTooLargeIsToldTheLimit() {
        let text = SampleOffer().text + String(repeating: "a=x\r\n", count: 60_000)
        #expect(throws: OfferError.unreadable(.tooLarge(octets: text.utf8.count, limit: 262_144))) {
            try Offer(parsing: text)
        }
    }

    @Test func foreignTextIsShortenedInErrors() {
        let came = String(repeating: "\u{1B}é", count: 4_000)
        let text = OfferError.insecureTransport(section: "x", came: came).description
        #expect(text.utf8.count < 300)
        #expect(text.utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test func theSoundSampleIsTaken() throws { _ = try SampleOffer().parsed() }
}
