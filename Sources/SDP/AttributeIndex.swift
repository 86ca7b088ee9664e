/// The attributes of one level, indexed by name, so that a lookup does not iterate over the section. The values of a
/// name are in the order of the text.
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
