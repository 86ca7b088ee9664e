import ICE
import Primitives
import RTP

/// Decides the outcome of each section of an offer. A pure function: it keeps no state.
///
/// - A section in which the offerer sends becomes a publication. `sendrecv` too: it is answered `recvonly`, because a
///   seat needs sections that only the server uses, and simple clients offer `sendrecv` without receiving there.
/// - A section in which the offerer only receives becomes a slot.
/// - An inactive section stays in the bundle, inactive.
package struct Negotiator {
    private let policy: NegotiationPolicy
    private let seats: [String: Int]
    private let cnamePrefix: String
    private let previous: NegotiatedSession?
    private var usedSSRCs: Set<SSRC>
    private var nextSeat: Int
    private var publishCount = 0
    private var slotCount = 0

    /// - Parameters:
    ///   - seats: the seat of a slot by its mid; slots of one seat share stream and CNAME, so that players synchronize
    ///     them. Unlisted slots get a seat of their own.
    ///   - cnamePrefix: the prefix of CNAMEs, the same for all offers of a peer connection.
    ///   - previous: the current agreement; sections with a known mid keep their SSRCs, seat and CNAME.
    ///   - generator: for new SSRCs.
    package static func negotiate(
        _ offer: Offer, policy: NegotiationPolicy, seats: [String: Int] = [:], cnamePrefix: String,
        previous: NegotiatedSession? = nil, generator: inout some RandomNumberGenerator
    ) throws(NegotiationError) -> NegotiatedSession {
        if let previous { try check(offer, continues: previous) }
        var negotiator = Negotiator(
            offer, policy: policy, seats: seats, cnamePrefix: cnamePrefix, previous: previous)
        var sections: [NegotiatedSection] = []
        for section in offer.sections { sections.append(negotiator.decide(section, generator: &generator)) }

        let reasons = sections.compactMap { section -> SectionRejection? in
            if case .rejected(let reason) = section.content { reason } else { nil }
        }
        if reasons.count == sections.count { throw failure(reasons, policy: policy) }

        let accepted = Dictionary(
            sections.filter { !$0.isRejected }.map { ($0.mid ?? "", $0.offered) },
            uniquingKeysWith: { first, _ in first })
        let bundle = offer.bundle.filter { accepted[$0] != nil }
        // RFC 9143 section 7.3.1: if the proposed section is rejected, the next one of the group carries the bundle.
        let tagged = bundle.first.flatMap { accepted[$0] }?.transport
        return NegotiatedSession(
            sections: sections,
            remoteCredentials: tagged?.credentials ?? offer.credentials,
            remoteFingerprints: tagged.map(\.fingerprints).flatMap { $0.isEmpty ? nil : $0 } ?? offer.fingerprints,
            startsHandshake: offer.leavesRoleOpen ? previous?.startsHandshake ?? false : offer.awaitsHandshake,
            bundle: bundle, hasBundle: offer.hasBundle, extmapAllowMixed: offer.extmapAllowMixed,
            isTrickle: offer.isTrickle)
    }

    /// Whether every section of the agreement is still there. The place of a rejected section may be used for another
    /// (RFC 9429 section 5.2.2).
    private static func check(_ offer: Offer, continues previous: NegotiatedSession) throws(NegotiationError) {
        guard offer.sections.count >= previous.sections.count else {
            throw .sectionsMissing(before: previous.sections.count, now: offer.sections.count)
        }
        for (section, before) in zip(offer.sections, previous.sections) {
            guard !before.isRejected, !section.isZeroPort, let mid = section.mid, let known = before.mid else {
                continue
            }
            guard mid == known else { throw .sectionReplaced(index: section.index, before: known, now: mid) }
        }
    }

    private init(
        _ offer: Offer, policy: NegotiationPolicy, seats: [String: Int], cnamePrefix: String,
        previous: NegotiatedSession?
    ) {
        self.policy = policy
        self.seats = seats
        self.cnamePrefix = cnamePrefix
        self.previous = previous
        usedSSRCs = Set(offer.sections.flatMap(\.sources.ssrcs))
        var takenSeats = Array(seats.values)
        for identity in (previous?.sections ?? []).compactMap(\.identity) {
            usedSSRCs.insert(identity.ssrc)
            if let rtx = identity.rtxSSRC { usedSSRCs.insert(rtx) }
            takenSeats.append(identity.seat)
        }
        nextSeat = (takenSeats.max() ?? -1) &+ 1
    }

    private static func failure(_ reasons: [SectionRejection], policy: NegotiationPolicy) -> NegotiationError {
        var offered: [String] = []
        var lacksCodec = false
        for case .noCommonCodec(let names) in reasons {
            lacksCodec = true
            for name in names where !offered.contains(name) { offered.append(name) }
        }
        return lacksCodec ? .noCommonCodec(offered: offered, accepted: policy.codecs) : .nothingAccepted(reasons)
    }

    private mutating func decide(
        _ section: OfferSection, generator: inout some RandomNumberGenerator
    ) -> NegotiatedSection {
        guard !section.isZeroPort, let mid = section.mid else { return reject(section, .disabledByOfferer) }
        switch section.kind {
        case .unsupported:
            return reject(section, .unsupportedMedia(section.media))
        case .application:
            guard policy.acceptsData, let port = section.sctpPort else { return reject(section, .dataNotAccepted) }
            let content = NegotiatedSection.Content.data(
                sctpPort: port, maxMessageSize: section.maxMessageSize ?? 65_536)
            return NegotiatedSection(
                index: section.index, mid: mid, content: content, offered: section, payloads: [],
                extensions: HeaderExtensionMap(), identity: nil)
        case .audio, .video:
            return decideMedia(section, mid: mid, generator: &generator)
        }
    }

    private mutating func decideMedia(
        _ section: OfferSection, mid: String, generator: inout some RandomNumberGenerator
    ) -> NegotiatedSection {
        let terms = SectionTerms(section, policy: policy)
        guard !terms.payloads.isEmpty, let kind = section.kind.mediaKind else {
            return reject(section, .noCommonCodec(offered: section.codecNames))
        }
        var identity = previous?.sections.first { $0.mid == mid }?.identity
        let content: NegotiatedSection.Content
        switch section.direction {
        case .sendonly, .sendrecv:
            guard publishCount < policy.maximumPublishSections else {
                return reject(section, .tooManyPublishSections(limit: policy.maximumPublishSections))
            }
            publishCount += 1
            content = .publish(
                ReceiveParameters(
                    mid: mid, kind: kind, payloads: terms.payloads, extensions: terms.extensions,
                    encodings: terms.encodings))
        case .recvonly:
            guard slotCount < policy.maximumSlots else {
                return reject(section, .tooManySlots(limit: policy.maximumSlots))
            }
            slotCount += 1
            let hasRTX = terms.payloads.contains { $0.rtxPayloadType != nil }
            let slot = slotIdentity(identity, mid: mid, hasRTX: hasRTX, generator: &generator)
            identity = slot
            content = .slot(
                SendParameters(
                    mid: mid, kind: kind, payloads: terms.payloads, extensions: terms.extensions, ssrc: slot.ssrc,
                    rtxSSRC: hasRTX ? slot.rtxSSRC : nil, cname: slot.cname),
                streamID: "seat\(slot.seat)", trackID: "slot\(section.index)")
        case .inactive:
            content = .inactive
        }
        return NegotiatedSection(
            index: section.index, mid: mid, content: content, offered: section, payloads: terms.payloads,
            extensions: terms.extensions, identity: identity)
    }

    /// Keeps the identity of a known slot; makes one for a new slot.
    private mutating func slotIdentity(
        _ known: NegotiatedSection.SlotIdentity?, mid: String, hasRTX: Bool,
        generator: inout some RandomNumberGenerator
    ) -> NegotiatedSection.SlotIdentity {
        var identity: NegotiatedSection.SlotIdentity
        if let known {
            identity = known
        } else {
            let seat = seats[mid] ?? nextSeat
            if seats[mid] == nil { nextSeat &+= 1 }
            identity = .init(ssrc: newSSRC(&generator), seat: seat, cname: "\(cnamePrefix)-seat\(seat)")
        }
        if hasRTX, identity.rtxSSRC == nil { identity.rtxSSRC = newSSRC(&generator) }
        return identity
    }

    /// A random SSRC (RFC 3550 section 8) that no stream of the peer connection uses.
    private mutating func newSSRC(_ generator: inout some RandomNumberGenerator) -> SSRC {
        var ssrc = SSRC(UInt32.random(in: 1...UInt32.max, using: &generator))
        // Counting up terminates even if the generator always returns the same number.
        while ssrc.rawValue == 0 || !usedSSRCs.insert(ssrc).inserted { ssrc.rawValue &+= 1 }
        return ssrc
    }

    private func reject(_ section: OfferSection, _ reason: SectionRejection) -> NegotiatedSection {
        NegotiatedSection(
            index: section.index, mid: section.mid, content: .rejected(reason), offered: section, payloads: [],
            extensions: HeaderExtensionMap(), identity: nil)
    }
}
