/// Maps local identifiers to known header extensions: the inverse of `HeaderExtensionMap`, for received packets.
package struct HeaderExtensionLookup: Sendable, BitwiseCopyable {
    /// Indexed by identifier: the extension's raw value plus one, or 0.
    private var known: InlineArray<256, UInt8>

    /// The inverse of `map`. If two extensions share an identifier, the later one of `HeaderExtension.allCases` wins.
    package init(_ map: HeaderExtensionMap) {
        known = .init(repeating: 0)
        for kind in HeaderExtension.allCases {
            if let identifier = map[kind] { known[Int(identifier)] = kind.rawValue &+ 1 }
        }
    }

    /// The extension with `identifier`; `nil` if none was negotiated.
    package subscript(identifier: UInt8) -> HeaderExtension? {
        let value = known[Int(identifier)]
        return value == 0 ? nil : HeaderExtension(rawValue: value &- 1)
    }
}
