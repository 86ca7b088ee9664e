/// The RIDs that a peer wants to send in one section (RFC 8851) and their use as simulcast (RFC 8853).
package struct SimulcastDescription: Hashable, Sendable {
    /// One simulcast stream of `a=simulcast:send`.
    package struct Stream: Hashable, Sendable {
        package var rid: String
        /// Written with `~`: the peer does not send it initially.
        package var isPaused: Bool
    }

    /// The largest number of RIDs per section; browsers send up to three.
    package static let maximumStreams = 4
    /// The longest RID in octets: the data of a one-byte header extension (RFC 8285 section 4.2).
    package static let maximumRIDOctets = 16

    /// RIDs of `a=rid:… send` lines.
    package private(set) var rids: [String] = []
    /// The restrictions of each RID, without payload types: `max-width=1280` (RFC 8851 section 5).
    package private(set) var restrictions: [String: String] = [:]
    /// The streams of `a=simulcast:send` whose RID is declared, in the order of the text. Of alternatives (`q,q2`) the
    /// first declared one counts. Without `a=simulcast` only the first RID.
    package private(set) var streams: [Stream] = []
    /// Whether there is an `a=simulcast` that names a declared RID.
    package private(set) var isDeclared = false

    package init() {}

    init(_ attributes: AttributeIndex, direction word: String) {
        for value in attributes.all("rid") {
            let fields = value.fields(Separator.space, limit: 3)
            // RFC 8851 section 6.3: only the malformed line is discarded; the answer then lacks its RID.
            guard fields.count >= 2, fields[1] == word, Self.isRID(fields[0]) else { continue }
            let rid = String(fields[0])
            guard !rids.contains(rid), rids.count < 4 * Self.maximumStreams else { continue }
            rids.append(rid)
            if fields.count == 3 {
                let kept = fields[2].fields(Separator.semicolon).map(\.trimmed).filter { !$0.hasPrefix("pt=") }
                if !kept.isEmpty { restrictions[rid] = kept.joined(separator: ";") }
            }
        }
        streams = declaredStreams(attributes.first("simulcast"), direction: word)
        isDeclared = !streams.isEmpty
        if streams.isEmpty, let only = rids.first { streams = [Stream(rid: only, isPaused: false)] }
    }

    private func declaredStreams(_ value: String?, direction word: String) -> [Stream] {
        guard let fields = value?.fields(Separator.space),
            let place = fields.firstIndex(where: { $0 == word }), place + 1 < fields.count
        else { return [] }
        var found: [Stream] = []
        for alternatives in fields[place + 1].fields(Separator.semicolon) {
            for alternative in alternatives.fields(Separator.comma) {
                let isPaused = alternative.utf8.first == UInt8(ascii: "~")
                let rid = String(isPaused ? alternative.dropFirst() : alternative)
                guard rids.contains(rid), !found.contains(where: { $0.rid == rid }) else { continue }
                if found.count < Self.maximumStreams { found.append(Stream(rid: rid, isPaused: isPaused)) }
                break
            }
        }
        return found
    }

    /// RFC 8851 section 10: letters, digits, `-` and `_`.
    private static func isRID(_ text: Substring) -> Bool {
        1...maximumRIDOctets ~= text.utf8.count
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
