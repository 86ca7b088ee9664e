/// What can name a room, at every front.
package enum RoomName {
    /// How many octets a name has.
    package static let octets = 1...64
    /// The rule, to follow "a room's name is".
    package static let rule = "\(octets.lowerBound) to \(octets.upperBound) of A-Z a-z 0-9 - _ ., and not . or .."

    /// Whether the text can name a room. `.` and `..` cannot: URLs with them are resolved to others (RFC 3986 section
    /// 5.2.4).
    package static func isValid(_ text: String) -> Bool {
        octets.contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// What can name a person, at every front: the name that others see, and the identity behind it, which is shown where there
/// is no name.
package enum PersonName {
    /// How many octets of UTF-8 a name has.
    package static let octets = 1...128
    /// How many octets of UTF-8 an identity has; an e-mail address has up to 254 (RFC 5321 section 4.5.3.1.3).
    package static let identityOctets = 1...256

    /// What is wrong with a name, to follow "the name" or the like; `nil` if nothing is.
    package static func problem(_ text: String) -> String? { problem(text, octets) }

    /// What is wrong with an identity; `nil` if nothing is.
    package static func problem(identity text: String) -> String? { problem(text, identityOctets) }

    /// The name of somebody of whom the identity alone is known: as much of it as a name may have.
    package static func standing(for identity: String) -> String {
        var name = identity
        while name.utf8.count > octets.upperBound { name.unicodeScalars.removeLast() }
        return name
    }

    private static func problem(_ text: String, _ octets: ClosedRange<Int>) -> String? {
        guard octets.contains(text.utf8.count) else {
            return "must have \(octets.lowerBound) to \(octets.upperBound) octets of UTF-8, not \(text.utf8.count)"
        }
        if let scalar = text.unicodeScalars.first(where: isForbidden) {
            let number = String(scalar.value, radix: 16, uppercase: true)
            return "must not hold control characters or direction overrides, such as U+"
                + String(repeating: "0", count: max(0, 4 - number.count)) + number
        }
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            return "must not be of spaces alone"
        }
        return nil
    }

    /// Characters that change how the text around them is shown: control characters, line and paragraph separators, and
    /// those that embed, override or isolate a direction (UAX #9), up to their end and beyond it.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202A...0x202E, 0x2066...0x2069: true
        default:
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}
