import Primitives
import RTP

/// The outcome of one section of an offer.
package struct NegotiatedSection: Sendable {
    /// The use of the section.
    package enum Content: Sendable {
        /// Answered with port 0, outside the bundle.
        case rejected(SectionRejection)
        /// The peer may publish here.
        case publish(ReceiveParameters)
        /// A slot, in which the server sends; stream and track are as in `a=msid`.
        case slot(SendParameters, streamID: String, trackID: String)
        /// SCTP over DTLS; the peer accepts messages of up to `maxMessageSize` octets, 0 means any size.
        case data(sctpPort: UInt16, maxMessageSize: UInt64)
        /// In the bundle, but nobody sends.
        case inactive
    }

    /// The properties that identify a slot to the peer. They must not change as long as the mid exists.
    struct SlotIdentity: Sendable {
        var ssrc: SSRC
        var rtxSSRC: SSRC?
        var seat: Int
        var cname: String
    }

    /// The index of the m-line, from 0.
    package let index: Int
    /// `nil` only if the offerer disabled the section and gave it none.
    package let mid: String?
    package let content: Content

    /// The section of the offer, much of which the answer mirrors.
    let offered: OfferSection
    /// The payload types in the answer; empty in rejected and data sections.
    let payloads: [PayloadMapping]
    let extensions: HeaderExtensionMap
    /// Kept through offers in which the section is inactive.
    let identity: SlotIdentity?

    /// Audio or video; `nil` for other sections.
    package var kind: MediaKind? { offered.kind.mediaKind }

    package var isRejected: Bool {
        if case .rejected = content { true } else { false }
    }
}
