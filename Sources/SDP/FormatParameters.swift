/// The value of `a=fmtp` after its payload type: `key=value` pairs in the order of the text (RFC 8866 section 6.15).
package struct FormatParameters: Hashable, Sendable {
    /// The unchanged text; RED has `111/111` instead of pairs.
    package var text: String

    package init(_ text: some StringProtocol) { self.text = String(text) }

    /// Keys in lower case, with their values as written.
    package var pairs: [(key: String, value: String)] {
        text.fields(Separator.semicolon).compactMap { field in
            let (key, value) = field.divided(at: Separator.equals)
            return value.map { (key.trimmed.lowercased(), String($0.trimmed)) }
        }
    }

    /// The value of `key`, compared case-insensitively.
    package subscript(_ key: String) -> String? { pairs.first { $0.key == key }?.value }

    /// The pairs whose keys are among `keys`, in the order of the text; `nil` if there is none.
    func keeping(_ keys: Set<String>) -> FormatParameters? {
        let kept = pairs.filter { keys.contains($0.key) }.map { "\($0.key)=\($0.value)" }
        return kept.isEmpty ? nil : FormatParameters(kept.joined(separator: ";"))
    }
}
