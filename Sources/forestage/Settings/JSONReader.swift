/// Reads JSON strictly by RFC 8259 and stops at the first octet that does not belong there.
///
/// Foundation's decoder has no places for values and none for most errors, and it keeps the last of two members of one name.
struct JSONReader {
    /// Objects and arrays within each other; the settings need three.
    static let maximumDepth = 32

    private let characters: [Unicode.Scalar]
    private var index = 0
    private var place = JSONValue.Place(line: 1, column: 1)
    private var depth = 0

    private init(_ text: String) { characters = Array(text.unicodeScalars) }

    /// The one value of a text in UTF-8; a byte order mark in front is passed over (RFC 8259 section 8.1).
    static func read(_ octets: [UInt8]) throws(JSONProblem) -> JSONValue {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw JSONProblem(place: .init(line: 1, column: 1), message: "expected text in UTF-8")
        }
        var reader = JSONReader(text)
        if reader.characters.first == "\u{FEFF}" { reader.index = 1 }
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        guard reader.next == nil else { throw reader.unexpected("the end of the file after the last }") }
        return value
    }

    private var next: Unicode.Scalar? { index < characters.count ? characters[index] : nil }

    private mutating func advance() {
        if characters[index] == "\n" {
            place.line += 1
            place.column = 1
        } else {
            place.column += 1
        }
        index += 1
    }

    private mutating func skipSpace() {
        while let next, [" ", "\t", "\n", "\r"].contains(next) { advance() }
    }

    private func unexpected(_ expected: String) -> JSONProblem {
        let came =
            switch next {
            case nil: "the end of the file"
            case "\n", "\r": "the end of the line"
            case "/", "#": "\"\(characters[index])\" (JSON has no comments)"
            case let character?: character.value < 0x20 ? "a control character" : "\"\(character)\""
            }
        return JSONProblem(place: place, message: "expected \(expected), not \(came)")
    }

    // MARK: Values

    private mutating func value() throws(JSONProblem) -> JSONValue {
        let start = place
        switch next {
        case "{":
            return JSONValue(place: start, content: .object(try nested { (r) throws(JSONProblem) in try r.members() }))
        case "[":
            return JSONValue(place: start, content: .array(try nested { (r) throws(JSONProblem) in try r.elements() }))
        case "\"": return JSONValue(place: start, content: .text(try string()))
        case let character? where character == "-" || ("0"..."9").contains(character):
            return JSONValue(place: start, content: .number(try number()))
        default:
            for (word, content) in [("true", JSONValue.Content.bool(true)), ("false", .bool(false)), ("null", .null)]
            where characters[index...].starts(with: word.unicodeScalars) {
                for _ in word.unicodeScalars { advance() }
                return JSONValue(place: start, content: content)
            }
            throw unexpected("a value: {, [, a text in \"quotation marks\", a number, true or false")
        }
    }

    private mutating func nested<Result>(
        _ read: (inout JSONReader) throws(JSONProblem) -> Result
    ) throws(JSONProblem) -> Result {
        guard depth < Self.maximumDepth else {
            throw JSONProblem(place: place, message: "expected at most \(Self.maximumDepth) { and [ within each other")
        }
        depth += 1
        defer { depth -= 1 }
        advance()
        skipSpace()
        return try read(&self)
    }

    private mutating func members() throws(JSONProblem) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        if next == "}" {
            advance()
            return members
        }
        while true {
            guard next == "\"" else {
                throw unexpected(
                    members.isEmpty
                        ? "a name in \"quotation marks\" or }" : "a name in \"quotation marks\" after the comma")
            }
            let start = place
            let name = try string()
            skipSpace()
            guard next == ":" else { throw unexpected("a colon after the name \"\(name)\"") }
            advance()
            skipSpace()
            members.append(.init(name: name, place: start, value: try value()))
            skipSpace()
            if try isLast("}") { return members }
        }
    }

    private mutating func elements() throws(JSONProblem) -> [JSONValue] {
        var elements: [JSONValue] = []
        if next == "]" {
            advance()
            return elements
        }
        while true {
            elements.append(try value())
            skipSpace()
            if try isLast("]") { return elements }
        }
    }

    /// Passes over the end of an object or array, or over the comma before a further entry.
    private mutating func isLast(_ end: Unicode.Scalar) throws(JSONProblem) -> Bool {
        if next == end {
            advance()
            return true
        }
        guard next == "," else { throw unexpected("a comma or \(end) after the value") }
        advance()
        skipSpace()
        return false
    }

    // MARK: Texts and numbers

    private mutating func string() throws(JSONProblem) -> String {
        var text = String.UnicodeScalarView()
        advance()
        while true {
            switch next {
            case "\"":
                advance()
                return String(text)
            case "\\":
                advance()
                text.append(try escaped())
            case let character? where character.value >= 0x20:
                text.append(character)
                advance()
            default: throw unexpected("the quotation mark that ends the text")
            }
        }
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
    ]

    /// What follows a backslash (RFC 8259 section 7).
    private mutating func escaped() throws(JSONProblem) -> Unicode.Scalar {
        if let next, let character = Self.escapes[next] {
            advance()
            return character
        }
        guard next == "u" else { throw unexpected("one of \" \\ / b f n r t u after the backslash") }
        let first = try codeUnit()
        guard UTF16.isLeadSurrogate(first) else {
            guard let character = Unicode.Scalar(first) else {
                throw unexpected("the first half of a pair before the second")
            }
            return character
        }
        guard next == "\\" else { throw unexpected("the second half of the pair") }
        advance()
        guard next == "u" else { throw unexpected("the second half of the pair") }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw unexpected("the second half of the pair before") }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    /// The four digits after `u`.
    private mutating func codeUnit() throws(JSONProblem) -> UInt16 {
        advance()
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let next, next.isASCII, let digit = Character(next).hexDigitValue else {
                throw unexpected("four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            advance()
        }
        return unit
    }

    private mutating func number() throws(JSONProblem) -> String {
        let start = index
        if next == "-" { advance() }
        if next == "0" { advance() } else { try digits() }
        if next == "." {
            advance()
            try digits()
        }
        if next == "e" || next == "E" {
            advance()
            if next == "+" || next == "-" { advance() }
            try digits()
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: characters[start..<index])
        return text
    }

    private mutating func digits() throws(JSONProblem) {
        guard let next, ("0"..."9").contains(next) else { throw unexpected("a digit") }
        while let next = self.next, ("0"..."9").contains(next) { advance() }
    }
}
