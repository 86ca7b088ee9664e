import RTP

/// The header extensions of one m-section (`a=extmap`, RFC 8285 section 5) that the server knows.
struct ExtensionTable: Sendable {
    /// Local identifiers of the one-byte form: 15 is reserved (RFC 8285 section 4.2), larger ones need the two-byte
    /// form, and 4096 and above are alternatives without an identifier (section 7).
    static let oneByteIdentifiers: ClosedRange<UInt8> = 1...14
    static let twoByteIdentifiers: ClosedRange<UInt8> = 16...255

    private(set) var map = HeaderExtensionMap()
    /// Directions given with the identifier; an answer must give them too, reversed.
    private(set) var directions: [HeaderExtension: MediaDirection] = [:]
    /// Two known extensions that claim one identifier.
    private(set) var conflict: UInt8?

    /// - Parameters:
    ///   - direction: the direction of the section; an extension restricted to the other direction is left out.
    ///   - allowsTwoByte: whether identifiers above 14 can be used.
    init(_ values: [String], direction: MediaDirection, allowsTwoByte: Bool) {
        var claimed: [UInt8: HeaderExtension] = [:]
        for value in values {
            let fields = value.fields(Separator.space, limit: 3)
            guard fields.count >= 2 else { continue }
            let (number, word) = fields[0].divided(at: Separator.slash)
            // `urn:ietf:params:rtp-hdrext:encrypt URI` (RFC 6904) has the URI in a third field and is unknown here.
            guard let identifier = UInt8(decimal: number), let known = HeaderExtension(uri: fields[1]),
                Self.oneByteIdentifiers.contains(identifier)
                    || (allowsTwoByte && Self.twoByteIdentifiers.contains(identifier))
            else { continue }
            if let word {
                guard let stated = MediaDirection(rawValue: String(word)) else { continue }
                let fits = direction.sends ? stated.sends : direction.receives ? stated.receives : stated != .inactive
                guard fits else { continue }
                directions[known] = directions[known] ?? stated
            }
            if let other = claimed[identifier], other != known { conflict = identifier }
            claimed[identifier] = known
            if map[known] == nil { map[known] = identifier }
        }
    }
}
