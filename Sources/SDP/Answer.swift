import ICE
import Primitives
import RTP

/// The server's answer, parsed by a client.
package struct Answer: Sendable {
    /// One section, from the server's point of view.
    package struct Section: Sendable {
        package let index: Int
        /// `nil` only in a rejected section.
        package let mid: String?
        package let kind: OfferSection.Kind
        package let isRejected: Bool
        /// The direction from the server's view: `recvonly` in publish sections, `sendonly` in slots.
        package let direction: MediaDirection
        /// In the order of the m-line; a publisher sends the first.
        package let payloads: [PayloadMapping]
        package let extensions: HeaderExtensionMap
        /// The RIDs that the server accepts, in the answer's order.
        package let rids: [String]
        /// The SSRC of a slot.
        package let ssrc: SSRC?
        package let rtxSSRC: SSRC?
        package let cname: String?
        package let msid: MediaStreamIdentification?
        /// The SCTP port of a data section.
        package let sctpPort: UInt16?

        fileprivate init(_ section: MediaDescription, index: Int, session: SessionAttributes) {
            let parsed = OfferSection(section, index: index, session: session)
            self.index = index
            mid = parsed.mid
            kind = parsed.kind
            isRejected = parsed.isZeroPort
            direction = parsed.direction
            payloads = parsed.payloads
            extensions = parsed.extensions
            rids = SimulcastDescription(AttributeIndex(section.attributes), direction: "recv").streams.map(\.rid)
            ssrc = parsed.sources.primary
            rtxSSRC = ssrc.flatMap { parsed.sources.retransmissions[$0] }
            cname = parsed.sources.cname
            msid = parsed.msid
            sctpPort = parsed.sctpPort
        }
    }

    package let sections: [Section]
    package let credentials: ICECredentials
    package let fingerprints: [CertificateFingerprint]
    /// UDP host candidates of the bundle, in the order of the text.
    package let candidates: [TransportAddress]
    package let isLite: Bool
    /// Mids of the bundle.
    package let bundle: [String]

    /// Parses an answer; throws if it accepts no section, or lacks the server's ICE or DTLS attributes.
    package init(parsing text: String, limits: SessionDescriptionLimits = .standard) throws(OfferError) {
        let description: SessionDescription
        do { description = try SessionDescription(parsing: text, limits: limits) } catch { throw .unreadable(error) }
        let session = SessionAttributes(description)
        sections = description.media.enumerated().map { Section($1, index: $0, session: session) }
        bundle = session.bundles.first ?? []
        isLite = session.isLite

        // The first section of the group carries the transport; a lone section needs no group.
        let tag = session.bundles.first?.first
        guard let carrier = sections.first(where: { !$0.isRejected && (tag == nil || $0.mid == tag) }) else {
            throw .noSections
        }
        let media = description.media[carrier.index]
        let tagged = OfferSection(media, index: carrier.index, session: session)
        credentials = try Offer.credentials(of: tagged)
        fingerprints = tagged.transport.fingerprints
        guard !fingerprints.isEmpty else { throw .missingFingerprint(section: tagged.label) }
        candidates = AttributeIndex(media.attributes).all("candidate").compactMap { HostCandidate.address($0) }
    }

    /// The section with this mid.
    package subscript(mid mid: String) -> Section? { sections.first { $0.mid == mid } }
}
