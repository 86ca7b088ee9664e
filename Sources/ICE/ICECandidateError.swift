/// Why a candidate attribute is refused (RFC 8839 section 5.1).
///
/// An `unsupported` candidate is well formed. RFC 8839 requires to ignore it rather than to refuse the offer.
package enum ICECandidateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A field of the attribute.
    package enum Field: String, Hashable, Sendable {
        case foundation
        case component
        case transport
        case priority
        case port
        case type
        case relatedPort
        case tcpType
    }

    case tooLong(octets: Int, limit: Int)
    case controlCharacter
    case missingFields(needed: Int, available: Int)
    /// The text of the field violates its grammar.
    case invalid(Field, String)
    /// The text of the field is valid, but not supported here.
    case unsupported(Field, String)
    case extensionWithoutValue(String)
    case tooManyExtensions(Int, limit: Int)

    package var description: String {
        switch self {
        case .tooLong(let octets, let limit): "candidate has \(octets) octets, the limit is \(limit)"
        case .controlCharacter: "candidate contains a control character"
        case .missingFields(let needed, let available): "candidate needs \(needed) fields, has \(available)"
        case .invalid(let field, let text): "candidate has an invalid \(field.rawValue): \(text)"
        case .unsupported(let field, let text): "candidate has an unsupported \(field.rawValue): \(text)"
        case .extensionWithoutValue(let name): "candidate extension \(name) has no value"
        case .tooManyExtensions(let count, let limit): "candidate has \(count) extensions, the limit is \(limit)"
        }
    }
}
