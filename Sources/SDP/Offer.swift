import ICE
import Primitives

/// A session description offer (RFC 3264, RFC 9429) that passed every check which does not depend on the room: it is
/// bundled, secured with DTLS, and says who its writer is.
package struct Offer: Sendable {
    /// In the order of the m-lines.
    package let sections: [OfferSection]
    /// Of the section that the offerer proposes to carry the bundle (RFC 9143 section 7.2.1).
    package let credentials: ICECredentials
    /// At least one; the certificate must match one of them (RFC 8122 section 5).
    package let fingerprints: [CertificateFingerprint]
    /// Whether the offerer only waits for a ClientHello (`a=setup:passive`, RFC 5763 section 5).
    package let awaitsHandshake: Bool
    /// Whether the offerer leaves the choice to the answer (`a=setup:actpass`).
    package let leavesRoleOpen: Bool
    /// Whether candidates may follow (RFC 8840 section 4.1).
    package let isTrickle: Bool
    /// Whether one- and two-byte header extensions may alternate, by a session-level line (RFC 8285 section 4.1.2).
    package let extmapAllowMixed: Bool
    /// The mids of the bundle, in the order of the group; of an offer without one, that of its only section in use.
    package let bundle: [String]
    /// Whether `a=group:BUNDLE` stands there, so that the answer may have one (RFC 9143 section 7.3).
    package let hasBundle: Bool

    /// Reads and checks an offer.
    /// - Parameter receivesOnly: whether `sendrecv` sections count as `recvonly`, because the client only plays (WHEP) and
    ///   some clients leave the default direction.
    package init(
        parsing text: String, receivesOnly: Bool = false, limits: SessionDescriptionLimits = .standard
    ) throws(OfferError) {
        let description: SessionDescription
        do { description = try SessionDescription(parsing: text, limits: limits) } catch { throw .unreadable(error) }

        let session = SessionAttributes(description)
        var sections = description.media.enumerated().map {
            OfferSection($1, index: $0, session: session, receivesOnly: receivesOnly)
        }
        hasBundle = !session.bundles.isEmpty
        let isUsed = { (section: OfferSection) in !section.isZeroPort && section.kind != .unsupported }
        if let group = session.bundles.first {
            bundle = group
        } else if sections.count(where: isUsed) == 1, let only = sections.firstIndex(where: isUsed) {
            // One section needs no bundle, and without a bundle it needs no mid.
            sections[only].nameForAnswer()
            bundle = sections[only].mid.map { [$0] } ?? []
        } else {
            bundle = []
        }
        self.sections = sections
        extmapAllowMixed = session.allowsMixed
        isTrickle =
            session.iceOptions.contains("trickle")
            || description.media.contains { media in
                media.attributes.contains { $0.name == "ice-options" && $0.value?.contains("trickle") == true }
            }
        if session.isLite { throw .bothLite }

        try Self.checkMids(sections)
        let active = sections.filter(isUsed)
        guard !sections.allSatisfy(\.isZeroPort) else { throw .noSections }
        // The most harmful fault is told first.
        for section in active { try Self.checkSecurity(section) }
        guard !bundle.isEmpty else { throw .noBundle }
        let bundled = Set(bundle)
        for section in active {
            guard let mid = section.mid, bundled.contains(mid) else { throw .outsideBundle(section: section.label) }
        }
        let byMid = Dictionary(active.map { ($0.mid ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        guard let tagged = bundle.lazy.compactMap({ byMid[$0] }).first ?? sections.first(where: { !$0.isZeroPort })
        else { throw .noSections }
        // RTCP shares the port of the section that carries the bundle, and so of all.
        if tagged.kind.mediaKind != nil, !tagged.hasRTCPMux { throw .missingRTCPMux(section: tagged.label) }
        try Self.checkTransport(tagged)
        // A section that only rides in the bundle need not repeat any of this (RFC 9143 section 7.1.3).
        for section in active where section.statesTransport { try Self.checkTransport(section) }
        try Self.checkIdentifiers(active)
        credentials = try Self.credentials(of: tagged)
        fingerprints = tagged.transport.fingerprints
        awaitsHandshake = tagged.transport.setup == "passive"
        leavesRoleOpen = tagged.transport.setup == "actpass"
    }
}
