/// The session-level attributes of a description, which hold for all its sections.
struct SessionAttributes: Sendable {
    /// The mids of each `a=group:BUNDLE` (RFC 9143 section 7), in their order.
    var bundles: [[String]]
    var allowsMixed: Bool
    /// Header extensions of all sections (RFC 8285 section 6).
    var extmaps: [String]
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
        extmaps = attributes.all("extmap")
        allowsMixed = attributes.contains("extmap-allow-mixed")
        isLite = attributes.contains("ice-lite")
        iceOptions = attributes.all("ice-options").flatMap { $0.fields(Separator.space).map { String($0) } }
        direction = MediaDirection(attributes)
        transport = TransportDescription(attributes)
    }
}
