/// Attributes of one level by name, each name's values in the order of the text; so a lookup does not walk the section.
struct AttributeIndex: Sendable {
    private var valuesByName: [String: [String]] = [:]

    init(_ attributes: [SDPAttribute]) {
        valuesByName.reserveCapacity(32)
        for attribute in attributes { valuesByName[attribute.name, default: []].append(attribute.value ?? "") }
    }

    /// Every value of `name`; empty text for property attributes.
    func all(_ name: String) -> [String] { valuesByName[name] ?? [] }

    /// The first value of `name`.
    func first(_ name: String) -> String? { valuesByName[name]?.first }

    func contains(_ name: String) -> Bool { valuesByName[name] != nil }
}
