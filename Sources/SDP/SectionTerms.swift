import Primitives
import RTP

/// The payload types, header extensions and encodings of one media section that offer and policy have in common.
struct SectionTerms {
    /// In the order of the answer.
    let payloads: [PayloadMapping]
    let extensions: HeaderExtensionMap
    /// The encodings that the offerer sends: at least one.
    let encodings: [ReceiveParameters.Encoding]

    init(_ section: OfferSection, policy: NegotiationPolicy) {
        let allowed = section.direction.sends ? policy.receivedExtensions : policy.sentExtensions
        let common = Self.order(
            section.payloads.filter { policy.codecs.contains($0.format.codec) }, policy: policy,
            ranksProfiles: section.direction.sends)
        // transport-cc needs both the feedback and the sequence numbers; without one of them it is not used.
        let numbers = section.extensions[.transportSequenceNumber] != nil && allowed.contains(.transportSequenceNumber)
        let usable = Self.withoutLoneRED(common, redundancy: section.redundancy)
        payloads = usable.map { mapping in
            var mapping = mapping
            mapping.feedback.formIntersection(policy.feedback)
            if !numbers { mapping.feedback.remove(.transportCC) }
            if mapping.feedback.contains(.transportCC) { mapping.feedback.remove(.remb) }
            return mapping
        }
        encodings = Self.encodings(section)

        let feedback = payloads.reduce(into: FeedbackTypes()) { $0.formUnion($1.feedback) }
        var map = HeaderExtensionMap()
        for known in HeaderExtension.allCases where allowed.contains(known) {
            let isUseful =
                switch known {
                case .transportSequenceNumber: feedback.contains(.transportCC)
                case .absoluteSendTime: feedback.contains(.remb) && !feedback.contains(.transportCC)
                case .repairedRid: payloads.contains { $0.rtxPayloadType != nil }
                case .audioLevel: section.kind == .audio
                case .dependencyDescriptor: payloads.first?.format.codec == .av1
                case .mid, .rid, .videoOrientation, .playoutDelay, .transmissionOffset: true
                }
            if isUseful { map[known] = section.extensions[known] }
        }
        extensions = map
    }

    /// In the order of the room's preference. A publisher sends the first. Among formats of one codec the first is the
    /// one that most viewers can decode; in a slot the viewer's order decides.
    private static func order(
        _ payloads: [PayloadMapping], policy: NegotiationPolicy, ranksProfiles: Bool
    ) -> [PayloadMapping] {
        let ranked = payloads.enumerated().map { position, mapping in
            let preference = policy.codecs.firstIndex(of: mapping.format.codec) ?? policy.codecs.count
            return (preference, ranksProfiles ? mapping.format.rank : 0, position, mapping)
        }
        return ranked.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.map(\.3)
    }

    /// RED is useless without the codec that it carries.
    private static func withoutLoneRED(_ payloads: [PayloadMapping], redundancy: [UInt8: [UInt8]]) -> [PayloadMapping] {
        let opus = payloads.filter { $0.format.codec == .opus }.map(\.payloadType)
        return payloads.filter { mapping in
            guard mapping.format.codec == .red else { return true }
            let carried = redundancy[mapping.payloadType] ?? []
            return !carried.isEmpty && carried.allSatisfy { opus.contains($0) }
        }
    }

    /// With RIDs one encoding each, in the order of the offer, which says nothing of their sizes: pages list the smallest
    /// first, encoders often the largest. SSRCs are not assigned to RIDs, because no line relates them. Without RIDs, the
    /// SSRCs of a `SIM` group; else one encoding.
    private static func encodings(_ section: OfferSection) -> [ReceiveParameters.Encoding] {
        let sources = section.sources
        let rids = section.simulcast.streams.map(\.rid)
        if !rids.isEmpty { return rids.map { ReceiveParameters.Encoding(rid: $0) } }
        if sources.simulcast.count > 1 {
            return sources.simulcast.map { .init(ssrc: $0, rtxSSRC: sources.retransmissions[$0]) }
        }
        let ssrc = sources.primary
        return [.init(ssrc: ssrc, rtxSSRC: ssrc.flatMap { sources.retransmissions[$0] })]
    }
}
