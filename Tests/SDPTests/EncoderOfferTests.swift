import ICE
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

/// Offers of encoders and players that are valid and were refused, or negotiated so that nobody saw anything.
struct EncoderOfferTests {
    private func offer(_ name: String) throws -> Offer { try Offer(parsing: Fixture.text("use/\(name).sdp")) }

    private func answer(_ offer: Offer) throws -> SessionDescription {
        try SessionDescription(parsing: Sample.negotiate(offer).answer(for: Sample.local()))
    }

    // MARK: H264

    @Test(arguments: ["h264-42c01e", "h264-42400d", "h264-mode0"])
    func anEncodersH264FitsABrowsersSlot(_ name: String) throws {
        let session = try Sample.negotiate(offer(name))
        let sent = try #require(session.publications.first { $0.kind == .video }?.payloads.first)
        let slot = OfferBuilder.browserPayloads([.vp8, .h264])
        #expect(slot.nearest(to: sent.format)?.format.codec == .h264)
        #expect(OfferBuilder.browserPayloads([.vp8]).nearest(to: sent.format) == nil)
        // The answer repeats profile, level and mode as they were offered (RFC 6184 section 8.2.2).
        let text = try Fixture.text("use/\(name).sdp")
        let level = try #require(text.firstMatch(of: /profile-level-id=([0-9a-f]{6})/)?.1)
        #expect(try session.answer(for: Sample.local()).contains("profile-level-id=\(level)"))
    }

    @Test func ofSeveralProfilesAPublisherSendsWhatMostCanPlay() throws {
        let lines = [
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100", "a=rtpmap:96 H264/90000", "a=rtpmap:97 H264/90000",
            "a=rtpmap:98 H264/90000", "a=rtpmap:99 H264/90000", "a=rtpmap:100 H264/90000",
            "a=fmtp:96 profile-level-id=640c1f;packetization-mode=1",
            "a=fmtp:97 profile-level-id=4d401e;packetization-mode=1",
            "a=fmtp:98 profile-level-id=42c01e;packetization-mode=0",
            "a=fmtp:99 profile-level-id=42a01e;packetization-mode=1",
            "a=fmtp:100 profile-level-id=424028;packetization-mode=1",
        ]
        var sample = SampleOffer().replacing("a=recvonly", by: "a=sendonly").without("a=rtpmap:9").without("a=fmtp")
        sample = sample.without("a=rtcp-fb").replacing("m=video", by: lines[0])
        sample.lines += lines.dropFirst()
        let payloads = try Sample.negotiate(sample.parsed()).publications[1].payloads
        #expect(payloads.map(\.payloadType) == [100, 99, 97, 96, 98])
    }

    @Test func aModeThatNobodyServesIsNoCommonCodec() throws {
        let sample = SampleOffer().replacing("a=rtpmap:96", by: "a=rtpmap:96 H264/90000")
            .adding("a=fmtp:96 profile-level-id=42e01f;packetization-mode=2")
        let session = try Sample.negotiate(sample.parsed())
        guard case .rejected(.noCommonCodec(let names)) = session.sections[1].content else {
            Issue.record("interleaved mode was taken")
            return
        }
        #expect(names == ["h264"])
    }

    // MARK: Protocols

    @Test func rtpSAVPFWithAFingerprintIsDTLS() throws {
        let given = try answer(offer("proto-rtp-savpf"))
        #expect(
            given.media.map(\.transportProtocol) == ["RTP/SAVPF", "RTP/SAVPF"]
                && given.media.allSatisfy { $0.port != 0 })
    }

    @Test(arguments: [
        "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP", "RTP/SAVPF", "RTP/SAVP",
        "RTP/AVPF", "RTP/AVP",
    ])
    func everyNameOfRFC9429IsTakenWithAFingerprintAndMirrored(_ name: String) throws {
        let sample = SampleOffer().replacing("m=audio", by: "m=audio 9 \(name) 111")
        let given = try answer(sample.parsed())
        #expect(given.media[0].transportProtocol == name && given.media[0].port != 0)
        #expect(AttributeIndex(given.media[0].attributes).contains("fingerprint"))
        // At session level it counts as well.
        var session = sample.without("a=fingerprint")
        session.lines.insert("a=fingerprint:sha-256 \(SampleOffer.hash)", at: 4)
        _ = try session.parsed()
    }

    @Test(arguments: ["RTP/SAVPF", "RTP/SAVP", "RTP/AVPF", "RTP/AVP"])
    func withoutAFingerprintNamesOfPlainRTPAreRefused(_ name: String) throws {
        let sample = SampleOffer().without("a=fingerprint").replacing("m=audio", by: "m=audio 9 \(name) 111")
        #expect(throws: OfferError.insecureTransport(section: "m-section 0 (\"audio\", mid \"0\")", came: name)) {
            try sample.parsed()
        }
    }

    @Test(arguments: ["RTP/FOO", "UDP/RTP/SAVPF", "udp/tls/rtp/savpf", "TCP/RTP/AVP", "DTLS/SCTP"])
    func otherNamesAreRefusedWithAFingerprintToo(_ name: String) throws {
        let sample = SampleOffer().replacing("m=audio", by: "m=audio 9 \(name) 111")
        #expect(throws: OfferError.insecureTransport(section: "m-section 0 (\"audio\", mid \"0\")", came: name)) {
            try sample.parsed()
        }
    }

    // MARK: BUNDLE and mids

    @Test func oneSectionNeedsNoBundleAndIsAnsweredWithoutOne() throws {
        let offer = try offer("single-section-no-bundle")
        #expect(offer.bundle == ["0"] && !offer.hasBundle)
        let given = try answer(offer)
        let attributes = AttributeIndex(given.media[0].attributes)
        #expect(!given.attributes.contains { $0.name == "group" })
        #expect(attributes.contains("candidate") && attributes.first("mid") == "0" && given.media[0].port != 0)
    }

    @Test func oneSectionWithoutBundleNeedsNoMid() throws {
        let text = try Fixture.text("use/single-section-no-bundle.sdp").replacing("a=mid:0\r\n", with: "")
        let given = try answer(Offer(parsing: text))
        let attributes = AttributeIndex(given.media[0].attributes)
        #expect(attributes.contains("candidate") && !attributes.contains("mid"))
    }

    @Test func disabledSectionsBesideTheOnlyOneDoNotCount() throws {
        let text =
            try Fixture.text("use/single-section-no-bundle.sdp") + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
        let given = try answer(Offer(parsing: text))
        #expect(given.media.map { $0.port == 0 } == [false, true])
        #expect(!given.attributes.contains { $0.name == "group" })
    }

    @Test func twoSectionsWithoutBundleAreRefused() throws {
        #expect(throws: OfferError.noBundle) { try SampleOffer().without("a=group").parsed() }
    }

    @Test func midsOf32OctetsAreTaken() throws {
        let session = try Sample.negotiate(offer("mid-17-octets"))
        #expect(session.slots.map(\.mid) == ["audio-stream-main", "video-stream-main"])
        let longest = String(repeating: "m", count: 32)
        let sample = SampleOffer().replacing("a=mid:1", by: "a=mid:\(longest)")
            .replacing("a=group", by: "a=group:BUNDLE 0 \(longest)")
        #expect(try Sample.negotiate(sample.parsed()).slots[0].mid == longest)
    }

    // MARK: ICE

    @Test(arguments: ["ab-d", "ab_d", "YWJj=", "ab#d", "AB+/"])
    func credentialsOfRealClientsAreTaken(_ fragment: String) throws {
        let password = "0123456789-_=#+/abcdefghij"
        let sample = SampleOffer().replacing("a=ice-ufrag", by: "a=ice-ufrag:\(fragment)")
            .replacing("a=ice-pwd", by: "a=ice-pwd:\(password)")
        #expect(
            try sample.parsed().credentials == ICECredentials(usernameFragment: fragment, password: password))
        let trickled = try TrickleFragment(
            parsing: "a=ice-ufrag:\(fragment)\r\na=ice-pwd:\(password)\r\na=end-of-candidates\r\n")
        #expect(trickled.credentials?.usernameFragment == fragment)
    }

    @Test(arguments: ["ab:d", "ab d", "ab\u{e4}d", "ab\"d"])
    func credentialsThatWouldNotSurviveACheckAreRefused(_ fragment: String) {
        // A colon divides the two fragments of a check's USERNAME (RFC 8445 section 7.2.2).
        #expect(throws: OfferError.self) {
            try SampleOffer().replacing("a=ice-ufrag", by: "a=ice-ufrag:\(fragment)").parsed()
        }
    }

    @Test func oneOddCandidateLosesNoOther() throws {
        let fragment = try TrickleFragment(parsing: Fixture.text("use/patch-one-odd-candidate.sdpfrag"))
        #expect(fragment.candidates.map(\.address) == ["198.51.100.9"])
        #expect(fragment.ignored.count == 1 && fragment.credentials?.usernameFragment == "Ab3d")
        let odd = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\nc=IN IP4 0.0.0.0\r\nnonsense\r\na=candidate:2\r\n"
        let mixed = try TrickleFragment(parsing: odd)
        #expect(mixed.candidates.count == 1 && mixed.ignored.count == 3)
    }

    // MARK: What stands at session level

    @Test func transportAndExtensionsAtSessionLevelCountForAllSections() throws {
        var sample = SampleOffer().without("a=ice-ufrag").without("a=ice-pwd").without("a=fingerprint").without(
            "a=setup")
        sample = sample.without("a=extmap")
        sample.lines.insert(
            contentsOf: [
                "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:actpass",
                "a=fingerprint:sha-1 AB:CD", "a=fingerprint:sha-256 \(SampleOffer.hash)",
                "a=fingerprint:SHA-512 \(SampleOffer.hash):\(SampleOffer.hash)",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            ], at: 4)
        let offer = try sample.parsed()
        #expect(offer.fingerprints.map(\.algorithm) == [.sha256, .sha512])
        #expect(offer.sections.map { $0.extensions[.mid] } == [4, 4])
        #expect(try answer(offer).media.allSatisfy { AttributeIndex($0.attributes).contains("extmap") })
    }

    @Test func rtcpMuxOnlyAsksForMultiplexingToo() throws {
        let sample = SampleOffer().replacing("a=rtcp-mux", by: "a=rtcp-mux-only")
        #expect(try answer(sample.parsed()).media.allSatisfy { AttributeIndex($0.attributes).contains("rtcp-mux") })
    }

    @Test func bundledSectionsNeedNotRepeatRTCPMux() throws {
        var sample = SampleOffer()
        let last = try #require(sample.lines.lastIndex(of: "a=rtcp-mux"))
        sample.lines.remove(at: last)
        #expect(try Sample.negotiate(sample.parsed()).slots.count == 1)
    }

    @Test func gstreamersBundleOnlySectionWithPort0IsUsed() throws {
        let session = try Sample.negotiate(offer("h264-42c01e"))
        #expect(session.publications.map(\.mid) == ["video0", "audio1"])
        let media = try answer(offer("h264-42c01e")).media
        #expect(media.allSatisfy { $0.port != 0 })
    }

    @Test func sourcesWithoutMsidAndCNAMEAreKept() throws {
        let sample = SampleOffer().replacing("a=sendonly", by: "a=sendonly\r\na=ssrc:77 label:x\r\na=ssrc:77")
        #expect(try sample.parsed().sections[0].sources.primary?.rawValue == 77)
    }

    /// What OBS 30 writes, by libdatachannel: transport at session level, a lip sync group, `OPUS` in capitals.
    @Test func obsIsUnderstood() throws {
        let text = """
            v=0
            o=rtc 3467 0 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:LS 0 1
            a=group:BUNDLE 0 1
            a=msid-semantic:WMS *
            a=ice-options:ice2,trickle
            a=ice-ufrag:TaSw
            a=ice-pwd:IQAL5wYNJYvUFHZHRcFUgN
            a=fingerprint:sha-256 \(SampleOffer.hash)
            a=setup:actpass
            m=audio 9 UDP/TLS/RTP/SAVPF 111
            c=IN IP4 0.0.0.0
            a=mid:0
            a=sendonly
            a=ssrc:2 cname:obs
            a=ssrc:2 msid:obs obs-audio
            a=msid:obs obs-audio
            a=rtcp-mux
            a=rtpmap:111 OPUS/48000/2
            a=fmtp:111 minptime=10;useinbandfec=1
            m=video 9 UDP/TLS/RTP/SAVPF 96
            c=IN IP4 0.0.0.0
            a=mid:1
            a=sendonly
            a=ssrc:3 cname:obs
            a=rtcp-mux
            a=rtpmap:96 H264/90000
            a=rtcp-fb:96 nack
            a=rtcp-fb:96 nack pli
            a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1

            """
        let session = try Sample.negotiate(Offer(parsing: text))
        #expect(session.publications.map { $0.payloads[0].format.codec } == [.opus, .h264])
        #expect(session.publications.map { $0.encodings[0].ssrc?.rawValue } == [2, 3])
        #expect(try session.answer(for: Sample.local()).contains("a=group:BUNDLE 0 1\r\n"))
    }

    @Test func linesMayEndWithLFAlone() throws {
        let text = try Fixture.text("use/h264-42400d.sdp").replacing("\r\n", with: "\n")
        #expect(try Sample.negotiate(Offer(parsing: text)).publications.count == 1)
    }
}
