/// What a description says at session level for all its sections.
struct SessionAttributes: Sendable {
    /// The mids of each `a=group:BUNDLE` (RFC 9143 section 7), in their order.
    var bundles: [[String]]
    var allowsMixed: Bool
    var isLite: Bool
    var iceOptions: [String]
    var direction: MediaDirection?
    var transport: TransportDescription

    init(_ description: SessionDescription) {
        let attributes = AttributeIndex(description.attributes)
        bundles = attributes.all("group").compactMap { value in
            let fields = value.fields(Separator.space)
            return fields.first == "BUNDLE" ? fields.dropFirst().map { String($0) } : nil
        }
        allowsMixed = attributes.contains("extmap-allow-mixed")
        isLite = attributes.contains("ice-lite")
        iceOptions = attributes.all("ice-options").flatMap { $0.fields(Separator.space).map { String($0) } }
        direction = MediaDirection(attributes)
        transport = TransportDescription(attributes)
    }
}
