/// What the operator wrote for one setting, and where.
struct SettingValue: Sendable {
    enum Content: Sendable {
        /// From the file, with its type.
        case json(JSONValue)
        /// From the environment or the command line, where everything is text; a list is separated by commas.
        case text(String)
        /// From an option that may be repeated.
        case words([String])
    }

    /// `media.ports`, `FORESTAGE_MEDIA_PORTS` or `--media-ports`.
    var name: String
    /// The file's path, for what comes from one.
    var file: String?
    var content: Content
    /// What to write instead, where that can be said of a wrong value; else empty.
    var remedy = ""

    /// Begins each problem: `forestage.json:4:14: media.ports`, or the name alone.
    var origin: String {
        guard let file, case .json(let value) = content else { return name }
        return "\(file):\(value.place): \(name)"
    }

    /// `nil` where it is not a text.
    var text: String? {
        switch content {
        case .json(let value): if case .text(let text) = value.content { text } else { nil }
        case .text(let text): text
        case .words: nil
        }
    }

    /// `nil` where it is neither true nor false.
    var bool: Bool? {
        switch content {
        case .json(let value): if case .bool(let bool) = value.content { bool } else { nil }
        case .text(let text):
            switch text.lowercased() {
            case "true", "yes", "1": true
            case "false", "no", "0": false
            default: nil
            }
        case .words: nil
        }
    }

    /// The spelling of a number; `nil` where the file holds something else.
    var number: String? {
        switch content {
        case .json(let value): if case .number(let text) = value.content { text } else { nil }
        case .text(let text): text
        case .words: nil
        }
    }

    /// The list's entries; `nil` where it is no list.
    var list: [SettingValue]? {
        switch content {
        case .json(let value):
            guard case .array(let elements) = value.content else { return nil }
            return elements.map { SettingValue(name: name, file: file, content: .json($0)) }
        case .text(let text):
            return text.split(separator: ",").map {
                SettingValue(name: name, file: file, content: .text($0.trimmingSpaces()))
            }
        case .words(let words):
            return words.map { SettingValue(name: name, file: file, content: .text($0)) }
        }
    }

    /// What came, for people. Secrets are described, never shown.
    func described(isSecret: Bool) -> String {
        switch content {
        case .json(let value): value.described(isSecret: isSecret)
        case .text(let text): isSecret ? "a text of \(text.utf8.count) octets" : quoted(text)
        case .words(let words): words.map(quoted).joined(separator: ", ")
        }
    }
}

extension JSONValue {
    fileprivate func described(isSecret: Bool) -> String {
        switch content {
        case .object: "an object {}"
        case .array: "a list []"
        case .text(let text): isSecret ? "a text of \(text.utf8.count) octets" : "the text \(quoted(text))"
        case .number(let text): isSecret ? "a number" : "the number \(text.prefix(40))"
        case .bool(let bool): "\(bool)"
        case .null: "null"
        }
    }
}

/// What an operator wrote, on one line and of bounded length.
func quoted(_ text: String) -> String {
    let clipped = String(text.prefix(80)).debugDescription
    return text.count > 80 ? clipped.dropLast() + "...\"" : clipped
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
