import Primitives
import RTP

/// What became of one section of an offer.
package struct NegotiatedSection: Sendable {
    /// What the section is used for.
    package enum Content: Sendable {
        /// Answered with port 0, outside the bundle.
        case rejected(SectionRejection)
        /// The peer may publish here.
        case publish(ReceiveParameters)
        /// The server sends here what the viewer sees or hears; stream and track are as in `a=msid`.
        case slot(SendParameters, streamID: String, trackID: String)
        /// SCTP over DTLS; the peer takes messages of up to `maxMessageSize` octets, 0 means any size.
        case data(sctpPort: UInt16, maxMessageSize: UInt64)
        /// In the bundle, but nobody sends.
        case inactive
    }

    /// What a slot is known by at the peer: it must not change as long as the mid lives.
    struct SlotIdentity: Sendable {
        var ssrc: SSRC
        var rtxSSRC: SSRC?
        var seat: Int
        var cname: String
    }

    /// Counts m-lines from 0.
    package let index: Int
    /// `nil` only where the offerer disabled the section and gave it none.
    package let mid: String?
    package let content: Content

    /// The section of the offer; the answer mirrors much of it.
    let offered: OfferSection
    /// What the answer lists: empty in rejected and data sections.
    let payloads: [PayloadMapping]
    let extensions: HeaderExtensionMap
    /// Kept through offers in which the section is inactive.
    let identity: SlotIdentity?

    /// Sound or pictures; `nil` for sections of another sort.
    package var kind: MediaKind? { offered.kind.mediaKind }

    package var isRejected: Bool {
        if case .rejected = content { true } else { false }
    }
}
