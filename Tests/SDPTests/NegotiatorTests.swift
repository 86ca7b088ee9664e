import ICE
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

struct NegotiatorTests {
    private func offer(_ name: String) throws -> Offer { try Offer(parsing: Fixture.text("sdp/\(name).sdp")) }

    @Test func seatsShareStreamAndCNAME() throws {
        let session = try Sample.negotiate(offer("chromium_seats_vp8_opus"), seats: Sample.seats)
        #expect(session.publications.map(\.mid) == ["0", "1", "2", "3"])
        #expect(session.slots.map(\.mid) == (4...20).map(String.init))
        for index in session.slots.indices where index < 14 {
            #expect(session.slots[index].cname == "peer1-seat\(index / 2)")
            guard case .slot(_, let stream, let track) = session[mid: String(index + 4)]?.content else {
                Issue.record("mid \(index + 4) is no slot")
                continue
            }
            #expect(stream == "seat\(index / 2)")
            #expect(track == "slot\(index + 4)")
        }
        // Slots without a seat sit alone.
        #expect(session.slots[14...].map(\.cname) == ["peer1-seat7", "peer1-seat8", "peer1-seat9"])
        let ssrcs = session.slots.map(\.ssrc) + session.slots.compactMap(\.rtxSSRC)
        #expect(Set(ssrcs).count == 17 + 7)
        #expect(session.slots.allSatisfy { ($0.rtxSSRC != nil) == ($0.kind == .video) })
        #expect(!session.hasDataSection)
    }

    @Test func newSSRCsAvoidThoseOfTheOffer() throws {
        struct Stuck: RandomNumberGenerator { func next() -> UInt64 { 0xDDDD_DDDD_DDDD_DDDD } }
        let first = try Sample.negotiate(SampleOffer().parsed())
        var stuck = Stuck()
        let number = UInt32.random(in: 1...UInt32.max, using: &stuck)
        let offer = try SampleOffer().adding("a=ssrc:\(number) cname:x").parsed()
        let session = try Negotiator.negotiate(
            offer, policy: NegotiationPolicy(), cnamePrefix: "p", generator: &stuck)
        #expect(session.slots[0].ssrc == SSRC(number &+ 1))
        #expect(session.slots[0].rtxSSRC == SSRC(number &+ 2))
        #expect(first.slots[0].ssrc != session.slots[0].ssrc)
    }

    @Test func sectionsOfAFurtherOfferKeepTheirPlaceAndNeverVanish() throws {
        var generator = SystemRandomNumberGenerator()
        func next(_ offer: SampleOffer, after previous: NegotiatedSession) throws -> NegotiatedSession {
            try Negotiator.negotiate(
                offer.parsed(), policy: NegotiationPolicy(), cnamePrefix: "p", previous: previous, generator: &generator
            )
        }
        let first = try Sample.negotiate(SampleOffer().parsed())
        _ = try next(SampleOffer(), after: first)
        var fewer = SampleOffer().replacing("a=group:", by: "a=group:BUNDLE 0")
        fewer.lines.removeSubrange(try #require(fewer.lines.firstIndex { $0.hasPrefix("m=video") })...)
        #expect(throws: NegotiationError.sectionsMissing(before: 2, now: 1)) { try next(fewer, after: first) }
        let other = SampleOffer().replacing("a=group:", by: "a=group:BUNDLE 0 7").replacing("a=mid:1", by: "a=mid:7")
        #expect(throws: NegotiationError.sectionReplaced(index: 1, before: "1", now: "7")) {
            try next(other, after: first)
        }
        // The place of a section that was given up is free for another.
        let without = SampleOffer().replacing("a=group:", by: "a=group:BUNDLE 0")
            .replacing("m=video", by: "m=video 0 UDP/TLS/RTP/SAVPF 96 97")
        let second = try next(without, after: first)
        #expect(second.sections[1].isRejected)
        #expect(try next(other, after: second).slots.map(\.mid) == ["7"])
    }

    @Test func codecsComeInTheOrderOfTheRoom() throws {
        let offer = try offer("chromium_all_header_extensions")
        func order(_ codecs: [Codec]) throws -> [Codec] {
            let session = try Sample.negotiate(offer, policy: NegotiationPolicy(codecs: codecs + [.opus]))
            var seen: [Codec] = []
            for codec in session.publications[1].payloads.map(\.format.codec) where !seen.contains(codec) {
                seen.append(codec)
            }
            return seen
        }
        #expect(try order([.vp8, .h264, .vp9, .av1]) == [.vp8, .h264, .vp9, .av1])
        #expect(try order([.av1, .vp9]) == [.av1, .vp9])
        #expect(try order([.h264]) == [.h264])
    }

    @Test func aPublisherSendsTheFormatThatMostCanDecode() throws {
        let offer = try offer("chromium_all_header_extensions")
        let session = try Sample.negotiate(offer, policy: NegotiationPolicy(codecs: [.h264, .vp9, .opus]))
        let formats = session.publications[1].payloads.map(\.format.profile)
        #expect(formats[0] == ["profile-level-id": "42e01f", "packetization-mode": "1"])
        #expect(
            formats.prefix(6).map { $0["profile-level-id"] } == [
                "42e01f", "42001f", "4d001f", "42e01f", "42001f", "4d001f",
            ])
        #expect(formats[6...].map { $0["profile-id"] } == ["0", "2"])
    }

    @Test func aSlotTakesEveryFormatThatTheViewerKnows() throws {
        let offer = try offer("chromium_recvonly_av")
        let session = try Sample.negotiate(offer)
        let listed = offer.sections[1].payloads.map(\.payloadType)
        #expect(Set(session.slots[1].payloads.map(\.payloadType)) == Set(listed))
        #expect(session.slots[1].payloads.filter { $0.format.codec == .h264 }.count == 8)
    }

    @Test func redIsTakenOnlyWhereListedAndWithWhatItCarries() throws {
        let offer = try offer("chromium_recvonly_av")
        #expect(try Sample.negotiate(offer).slots[0].payloads.map(\.format.codec) == [.opus])
        let with = NegotiationPolicy(codecs: [.vp8, .opus, .red])
        let session = try Sample.negotiate(offer, policy: with)
        #expect(session.slots[0].payloads.map(\.format.codec) == [.opus, .red])
        #expect(try session.answer(for: Sample.local()).contains("a=fmtp:63 111/111\r\n"))
        let alone = try SampleOffer().replacing("a=rtpmap:111", by: "a=rtpmap:111 red/48000/2")
            .adding("a=fmtp:111 112/112").parsed()
        #expect(try Sample.negotiate(alone, policy: with).sections[0].isRejected)
    }

    @Test func transportCCDisplacesREMBAndAbsoluteSendTime() throws {
        let session = try Sample.negotiate(offer("chromium_seats_vp8_opus"))
        for publication in session.publications {
            #expect(
                publication.payloads.allSatisfy { $0.feedback.contains(.transportCC) && !$0.feedback.contains(.remb) })
            #expect(publication.extensions[.transportSequenceNumber] == 3)
            #expect(publication.extensions[.absoluteSendTime] == nil)
        }
        let without = NegotiationPolicy(feedback: [.nack, .pli, .fir, .remb])
        let video = try Sample.negotiate(offer("chromium_seats_vp8_opus"), policy: without).publications[1]
        #expect(video.payloads[0].feedback == [.nack, .pli, .fir, .remb])
        #expect(video.extensions[.transportSequenceNumber] == nil)
        #expect(video.extensions[.absoluteSendTime] == 2)
    }

    @Test func transportCCWithoutItsExtensionIsDeclined() throws {
        let offer = try SampleOffer().adding("a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 goog-remb").parsed()
        #expect(try Sample.negotiate(offer).slots[0].payloads[0].feedback == [.nack, .remb])
    }

    /// Chromium refuses a simulcast section in a later offer where the first answer declined them.
    @Test func ridExtensionsAreTakenFromPublishersThatSendNoRIDsYet() throws {
        let session = try Sample.negotiate(offer("chromium_seats_vp8_opus"))
        #expect(session.publications[1].encodings.count == 3)
        #expect(session.publications[2].kind == .video && session.publications[2].encodings.count == 1)
        for publication in session.publications where publication.kind == .video {
            #expect(publication.extensions[.rid] == 10)
            #expect(publication.extensions[.repairedRid] == 11)
        }
        #expect(session.slots[1].extensions[.rid] == 10)
        #expect(session.slots[1].extensions[.mid] == 4)
    }

    @Test(arguments: ["f;h;q", "q;h;f", "lo;mid;hi", "f;x"])
    func encodingsKeepTheOrderOfTheOffer(_ list: String) throws {
        var sample = SampleOffer().replacing("a=recvonly", by: "a=sendonly")
        sample.lines += list.split(separator: ";").map { "a=rid:\($0) send" } + ["a=simulcast:send \(list)"]
        let session = try Sample.negotiate(sample.parsed())
        #expect(session.publications[1].encodings.map(\.rid) == list.split(separator: ";").map(String.init))
        // The answer keeps the offer's order of preference.
        #expect(try session.answer(for: Sample.local()).contains("a=simulcast:recv \(list)\r\n"))
    }

    @Test func simulcastWithoutRIDsGoesBySSRCGroups() throws {
        let legacy = try SampleOffer().replacing("a=recvonly", by: "a=sendonly").adding(
            "a=ssrc-group:SIM 1 2 3", "a=ssrc-group:FID 1 11", "a=ssrc-group:FID 2 12", "a=ssrc:1 cname:x"
        ).parsed()
        #expect(
            try Sample.negotiate(legacy).publications[1].encodings == [
                .init(ssrc: SSRC(1), rtxSSRC: SSRC(11)), .init(ssrc: SSRC(2), rtxSSRC: SSRC(12)), .init(ssrc: SSRC(3)),
            ])
        let single = try offer("chromium_svc_L3T3_KEY_VP9")
        #expect(
            try Sample.negotiate(single).publications[0].encodings == [
                .init(ssrc: SSRC(994_794_761), rtxSSRC: SSRC(717_757_707))
            ])
        #expect(try Sample.negotiate(SampleOffer().parsed()).publications[0].encodings == [.init()])
    }

    @Test func aSingleRIDWithoutSimulcastIsOneEncoding() throws {
        let offer = try SampleOffer().replacing("a=recvonly", by: "a=sendonly").adding("a=rid:x send").parsed()
        let session = try Sample.negotiate(offer)
        #expect(session.publications[1].encodings == [.init(rid: "x")])
        let answer = try session.answer(for: Sample.local())
        #expect(answer.contains("a=rid:x recv\r\n"))
        #expect(!answer.contains("a=simulcast"))
    }

    @Test func sendrecvIsTakenAsAPublication() throws {
        let session = try Sample.negotiate(offer("chromium_sendrecv_av_dc"))
        #expect(session.publications.count == 2)
        #expect(session.slots.isEmpty)
        let answer = try Answer(parsing: session.answer(for: Sample.local()))
        #expect(answer.sections[0].direction == .recvonly)
        #expect(answer.sections[2].isRejected)
    }

    @Test func anInactiveSectionStaysInactiveAndKeepsItsSSRC() throws {
        let active = SampleOffer()
        let resting = active.replacing("a=recvonly", by: "a=inactive")
        let first = try Sample.negotiate(active.parsed())
        let second = try Sample.negotiate(resting.parsed(), previous: first, seed: 2)
        guard case .inactive = second.sections[1].content else {
            Issue.record("not inactive")
            return
        }
        let answer = try Answer(parsing: second.answer(for: Sample.local()))
        #expect(answer.sections[1].direction == .inactive)
        #expect(answer.bundle == ["0", "1"])
        let third = try Sample.negotiate(active.parsed(), previous: second, seed: 3)
        #expect(third.slots == first.slots)
    }

    @Test func dataSectionsFollowThePolicy() throws {
        for name in ["chromium_seats_vp8_opus", "firefox_seats_full"] {
            let offer = try offer(name)
            let declined = try Sample.negotiate(offer)
            #expect(!declined.bundle.contains("21"))
            let session = try Sample.negotiate(offer, policy: NegotiationPolicy(acceptsData: true))
            #expect(session.hasDataSection)
            let answer = try Answer(parsing: session.answer(for: Sample.local()))
            #expect(answer.sections[21].sctpPort == 5_000)
            #expect(answer.bundle.last == "21")
        }
    }

    @Test func sectionsBeyondTheLimitsAreRejectedAlone() throws {
        let policy = NegotiationPolicy(maximumPublishSections: 2, maximumSlots: 3)
        let session = try Sample.negotiate(offer("chromium_seats_vp8_opus"), policy: policy)
        #expect(session.publications.map(\.mid) == ["0", "1"])
        #expect(session.slots.map(\.mid) == ["4", "5", "6"])
        guard case .rejected(.tooManyPublishSections(limit: 2)) = session.sections[2].content,
            case .rejected(.tooManySlots(limit: 3)) = session.sections[7].content
        else {
            Issue.record("wrong reasons")
            return
        }
        #expect(session.bundle == ["0", "1", "4", "5", "6"])
    }

    @Test func defaultLimitsTakeTheSeatsOffer() {
        #expect(NegotiationPolicy.defaultMaximumPublishSections >= 4)
        #expect(NegotiationPolicy.defaultMaximumSlots >= 17)
    }

    @Test func aSectionWithoutCommonCodecIsRejectedAlone() throws {
        let offer = try offer("firefox_sendrecv_av_dc")
        let session = try Sample.negotiate(offer, policy: NegotiationPolicy(codecs: [.h264, .opus]))
        guard case .rejected(.noCommonCodec(let names)) = session.sections[1].content else {
            Issue.record("Firefox has no H264 to agree on")
            return
        }
        #expect(names.contains("vp8"))
        #expect(session.publications.map(\.kind) == [.audio])
    }

    @Test func whereTheFirstSectionIsRejectedTheNextCarriesTheTransport() throws {
        var sample = SampleOffer()
        for index in 17..<sample.lines.count where sample.lines[index].hasPrefix("a=ice-ufrag") {
            sample.lines[index] = "a=ice-ufrag:other"
        }
        #expect(try Sample.negotiate(sample.parsed()).remoteCredentials.usernameFragment == "abcd")
        let videoOnly = try Sample.negotiate(sample.parsed(), policy: NegotiationPolicy(codecs: [.vp8]))
        #expect(videoOnly.remoteCredentials.usernameFragment == "other")
        let answer = try Answer(parsing: videoOnly.answer(for: Sample.local()))
        #expect(answer.candidates.count == 3)
    }

    @Test func nothingInCommonIsAnErrorThatNamesBothSides() throws {
        let offer = try SampleOffer().replacing("a=rtpmap:111", by: "a=rtpmap:111 PCMU/8000")
            .replacing("a=rtpmap:96", by: "a=rtpmap:96 H265/90000").parsed()
        #expect(
            throws: NegotiationError.noCommonCodec(offered: ["pcmu", "h265"], accepted: NegotiationPolicy().codecs)
        ) { try Sample.negotiate(offer) }
        do { _ = try Sample.negotiate(offer) } catch {
            #expect("\(error)".contains("pcmu, h265"))
            #expect("\(error)".contains("VP8"))
        }
    }

    @Test func anOfferOfDataAloneIsAnError() throws {
        var sample = SampleOffer()
        sample.lines = Array(sample.lines[..<16]).map {
            $0.hasPrefix("m=") ? "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" : $0
        }
        #expect(throws: NegotiationError.nothingAccepted([.dataNotAccepted])) { try Sample.negotiate(sample.parsed()) }
    }

    @Test func otherMediaAreRejectedAlone() throws {
        let offer = try SampleOffer().adding("m=image 9 udptl t38", "a=mid:fax").parsed()
        let session = try Sample.negotiate(offer)
        #expect(session.sections.map(\.isRejected) == [false, false, true])
        #expect(try session.answer(for: Sample.local()).contains("m=image 0 udptl t38\r\n"))
    }

    // MARK: Further offers

    @Test func aFurtherOfferKeepsWhatMidsAreKnownBy() throws {
        let text = try Fixture.text("sdp/chromium_seats_vp8_opus.sdp")
        let first = try Sample.negotiate(Offer(parsing: text), seats: Sample.seats)
        let second = try Sample.negotiate(Offer(parsing: text), previous: first, seed: 99)
        #expect(second.slots == first.slots)
        #expect(!second.isICERestart(after: first))
    }

    @Test func newSlotsSitBesideThoseInForce() throws {
        let first = try Sample.negotiate(SampleOffer().parsed(), seats: ["1": 5])
        var more = SampleOffer()
        more.lines += more.lines[17...].map { $0 == "a=mid:1" ? "a=mid:2" : $0 }
        more = more.replacing("a=group", by: "a=group:BUNDLE 0 1 2")
        let second = try Sample.negotiate(more.parsed(), previous: first)
        #expect(second.slots.map(\.cname) == ["peer1-seat5", "peer1-seat6"])
        #expect(second.slots[0] == first.slots[0])
        #expect(second.slots[1].ssrc != first.slots[0].ssrc)
        #expect(second.slots[1].ssrc != first.slots[0].rtxSSRC)
    }

    @Test func changedCredentialsAreAnICERestart() throws {
        let first = try Sample.negotiate(SampleOffer().parsed())
        let offer = try SampleOffer().replacing("a=ice-ufrag", by: "a=ice-ufrag:next").parsed()
        let second = try Sample.negotiate(offer, previous: first)
        #expect(second.isICERestart(after: first))
        #expect(second.slots == first.slots)
    }
}
