import Primitives

/// The SSRCs of one media section and their groups (RFC 5576).
package struct SourceAttributes: Hashable, Sendable {
    /// The largest number of SSRCs per section; four simulcast streams with RTX have eight.
    package static let maximumSources = 16

    /// In the order of the text, once each.
    package private(set) var ssrcs: [SSRC] = []
    /// The retransmission SSRC of an SSRC (`FID`, RFC 5576 section 4.2, RFC 4588 section 8.2).
    package private(set) var retransmissions: [SSRC: SSRC] = [:]
    /// The SSRCs of simulcast streams without RIDs (`SIM`, the older way), from the smallest on.
    package private(set) var simulcast: [SSRC] = []
    /// The first CNAME.
    package private(set) var cname: String?

    package init() {}

    init(_ attributes: AttributeIndex) {
        for value in attributes.all("ssrc") {
            let (number, rest) = value.divided(at: Separator.space)
            guard let ssrc = Self.ssrc(number) else { continue }
            add(ssrc)
            let (name, text) = (rest ?? "").divided(at: Separator.colon)
            if cname == nil, name == "cname", let text { cname = String(text) }
        }
        for value in attributes.all("ssrc-group") {
            let fields = value.fields(Separator.space)
            let members = fields.dropFirst().prefix(Self.maximumSources).compactMap { Self.ssrc($0) }
            switch fields.first {
            case "FID":
                guard members.count == 2, members[0] != members[1], retransmissions[members[0]] == nil,
                    retransmissions.count < Self.maximumSources
                else { continue }
                members.forEach { add($0) }
                retransmissions[members[0]] = members[1]
            case "SIM":
                if simulcast.isEmpty, Set(members).count == members.count {
                    simulcast = Array(members.prefix(SimulcastDescription.maximumStreams))
                    simulcast.forEach { add($0) }
                }
            default: continue
            }
        }
    }

    /// The SSRC of the section's media: the first that is not another's retransmission.
    package var primary: SSRC? {
        let repaired = Set(retransmissions.values)
        return ssrcs.first { !repaired.contains($0) }
    }

    private mutating func add(_ ssrc: SSRC) {
        if ssrcs.count < Self.maximumSources, !ssrcs.contains(ssrc) { ssrcs.append(ssrc) }
    }

    private static func ssrc(_ text: Substring) -> SSRC? {
        guard let number = UInt32(decimal: text), number != 0 else { return nil }
        return SSRC(number)
    }
}
