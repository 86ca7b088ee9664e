import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

/// What real browsers write that a strict reader would trip over.
struct OfferOdditiesTests {
    private func offer(_ name: String) throws -> Offer { try Offer(parsing: Fixture.text("sdp/\(name).sdp")) }

    @Test func chromiumWritesRTCPXRForWhichThereIsNoAnswer() throws {
        let text = try Fixture.text("sdp/chromium_seats_vp8_opus.sdp")
        #expect(text.contains("a=rtcp-xr:rcvr-rtt=all"))
        let answer = try Sample.negotiate(Offer(parsing: text)).answer(for: Sample.local())
        #expect(!answer.contains("rtcp-xr"))
    }

    @Test func chromiumNamesNoSSRCWithSimulcast() throws {
        let session = try Sample.negotiate(offer("chromium_simulcast_VP8_only"))
        #expect(
            session.publications[0].encodings == [.init(rid: "q"), .init(rid: "h"), .init(rid: "f")])
    }

    @Test func chromiumNamesNoSSRCInItsSlots() throws {
        let sections = try offer("chromium_seats_vp8_opus").sections
        #expect(sections[4..<21].allSatisfy { $0.sources.ssrcs.isEmpty })
    }

    @Test func chromiumUsesIdentifiersAbove14() throws {
        let video = try offer("chromium_all_header_extensions").sections[1]
        #expect(video.extensions[.dependencyDescriptor] == 17)
    }

    @Test func chromiumOffersEncryptedExtensionsThatAreDeclined() throws {
        let text = try Fixture.text("sdp/chromium_all_header_extensions.sdp")
        #expect(text.contains("a=extmap:9 urn:ietf:params:rtp-hdrext:encrypt http"))
        let answer = try Sample.negotiate(Offer(parsing: text)).answer(for: Sample.local())
        #expect(!answer.contains("hdrext:encrypt"))
        #expect(!answer.contains("a=extmap:9"))
    }

    @Test func anEncryptedKnownExtensionIsDeclinedToo() throws {
        let offer = try SampleOffer().adding("a=extmap:7 urn:ietf:params:rtp-hdrext:encrypt urn:3gpp:video-orientation")
            .parsed()
        #expect(offer.sections[1].extensions[.videoOrientation] == nil)
    }

    @Test func firefoxWritesSendrecvAtSessionLevelBesideOtherDirections() throws {
        let offer = try offer("firefox_seats_full")
        #expect(offer.sections[0].direction == .sendonly)
        #expect(offer.sections[4].direction == .recvonly)
        #expect(offer.sections[21].direction == .sendrecv)
    }

    @Test func firefoxOffersBundleOnlySectionsWithPort0() throws {
        let offer = try offer("firefox_seats_full")
        #expect(try SessionDescription(parsing: Fixture.text("sdp/firefox_seats_full.sdp")).media[1].port == 0)
        #expect(!offer.sections[1].isZeroPort)
        let session = try Sample.negotiate(offer)
        #expect(session.publications.count == 4)
        #expect(session.slots.count == 17)
    }

    @Test func firefoxWritesFeedbackForPayloadTypesThatAreNotListed() throws {
        let offer = try SampleOffer().adding("a=rtcp-fb:55 nack pli", "a=rtcp-fb:55 ccm fir").parsed()
        #expect(offer.sections[1].payloads.map(\.feedback) == [.nack])
        let answer = try Sample.negotiate(offer).answer(for: Sample.local())
        #expect(!answer.contains(":55"))
    }

    @Test func firefoxWritesFmtpBeforeRtpmap() throws {
        let video = try offer("firefox_simulcast_sendonly").sections[1]
        #expect(video.payloads.map(\.payloadType) == [120, 121, 99])
        #expect(video.payloads.map(\.rtxPayloadType) == [124, 125, 100])
    }

    @Test func firefoxCandidatesOfComponent2AndTCPAreNotCandidates() throws {
        let text = try Fixture.text("sdp/firefox_simulcast_sendonly.sdp")
        let section = try SessionDescription(parsing: text).media[0]
        let values = AttributeIndex(section.attributes).all("candidate")
        #expect(values.count == 16)
        #expect(values.compactMap { HostCandidate.address($0) }.count == 4)
    }

    @Test func localNamesInCandidatesAreTolerated() throws {
        let text = try Fixture.text("sdp/chromium_seats_vp8_opus.sdp")
        #expect(text.contains(".local"))
        _ = try Offer(parsing: text)
        #expect(HostCandidate.address("1 1 udp 1 d729b9ab.local 45774 typ host") == nil)
    }

    @Test func firefoxWritesMsidsInBraces() throws {
        let msid = try offer("firefox_simulcast_sendonly").sections[0].msid
        #expect(msid?.streamID == "{d4e671fd-fa24-402c-8bf3-ccd03c73f1c7}")
    }

    @Test func firefoxAllowsMixedExtensionsPerSectionAndIsAnsweredPerSection() throws {
        let answer = try SessionDescription(
            parsing: Sample.negotiate(offer("firefox_seats_full")).answer(for: Sample.local()))
        let line = SDPAttribute("extmap-allow-mixed")
        #expect(!answer.attributes.contains(line))
        #expect(answer.media[..<21].allSatisfy { $0.attributes.contains(line) })
    }

    @Test func firefoxRestrictsExtensionsToOneDirection() throws {
        let sections = try offer("firefox_seats_full").sections
        #expect(sections[1].extensions[.rid] == 9)
        #expect(sections[5].extensions[.rid] == nil)
        #expect(sections[1].extensions[.playoutDelay] == nil)
        #expect(sections[5].extensions[.playoutDelay] == 6)
        let answer = try Sample.negotiate(offer("firefox_seats_full")).answer(for: Sample.local())
        #expect(answer.contains("a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"))
    }

    @Test func theDependencyDescriptorIsDeclinedSoThatVP8DescriptorsStayWhole() throws {
        for name in ["chromium_simulcast_sendonly", "firefox_simulcast_sendonly"] {
            let session = try Sample.negotiate(offer(name))
            #expect(session.publications.allSatisfy { $0.extensions[.dependencyDescriptor] == nil })
            #expect(!session.answer(for: try Sample.local()).contains("dependency-descriptor"))
        }
    }

    @Test func theDependencyDescriptorIsTakenWhereAV1ComesFirstAndNeverSent() throws {
        let policy = NegotiationPolicy(codecs: [.av1, .vp8, .opus])
        let session = try Sample.negotiate(offer("chromium_simulcast_sendonly"), policy: policy)
        let video = try #require(session.publications.first { $0.kind == .video })
        #expect(video.payloads.first?.format.codec == .av1)
        #expect(video.extensions[.dependencyDescriptor] == 12)
        // The structure needs elements of two octets of header (RFC 8285 section 6).
        #expect(session.answer(for: try Sample.local()).contains("a=extmap-allow-mixed"))
        let audio = session.publications.filter { $0.kind == .audio }
        #expect(audio.allSatisfy { $0.extensions[.dependencyDescriptor] == nil })
        let viewer = try Sample.negotiate(offer("chromium_seats_full"), policy: policy)
        #expect(!viewer.slots.isEmpty)
        #expect(viewer.slots.allSatisfy { $0.extensions[.dependencyDescriptor] == nil })
    }
}
