/// The octets that separate fields.
enum Separator {
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let comma = UInt8(ascii: ",")
    static let slash = UInt8(ascii: "/")
    static let equals = UInt8(ascii: "=")
}

// SDP is split on octets, never on Characters: a combining mark after a colon must not hide the colon.
extension Substring {
    /// The non-empty fields between `separator` octets, at most `limit`; the last one contains the rest.
    func fields(_ separator: UInt8, limit: Int = .max) -> [Substring] {
        utf8.split(separator: separator, maxSplits: limit == .max ? .max : limit - 1).map { Substring($0) }
    }

    /// The texts before and after the first `separator`; `tail` is `nil` if there is none.
    func divided(at separator: UInt8) -> (head: Substring, tail: Substring?) {
        guard let index = utf8.firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[utf8.index(after: index)...])
    }

    /// Without spaces and tabs at its ends.
    var trimmed: Substring {
        let isBlank = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
        var octets = utf8.drop(while: isBlank)
        while let last = octets.last, isBlank(last) { octets.removeLast() }
        return Substring(octets)
    }
}

extension String {
    func fields(_ separator: UInt8, limit: Int = .max) -> [Substring] { self[...].fields(separator, limit: limit) }
    func divided(at separator: UInt8) -> (head: Substring, tail: Substring?) { self[...].divided(at: separator) }
}

extension FixedWidthInteger {
    /// A number of decimal digits only, without sign or space.
    init?(decimal text: some StringProtocol) {
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        self.init(text, radix: 10)
    }
}

extension StringProtocol {
    /// Whether this is a `token` (RFC 8866 section 9): visible ASCII without separators.
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { octet in
                switch octet {
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
                default: false
                }
            }
    }

    /// Whether these are `ice-char`s (RFC 8839 section 5.4) in a permitted number, or one of `-`, `_`, `=` and `#`,
    /// which clients with base64url or padded credentials write and browsers accept.
    func isICEText(octets: ClosedRange<Int>) -> Bool {
        octets.contains(utf8.count)
            && utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "/"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "#"):
                    true
                default: false
                }
            }
    }

    /// The text in quotation marks for errors: shortened, with unprintable octets replaced.
    var quoted: String {
        let limit = 48
        let shown = utf8.prefix(limit).map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }
        return "\"" + String(decoding: shown, as: UTF8.self) + (utf8.count > limit ? "…\"" : "\"")
    }
}
