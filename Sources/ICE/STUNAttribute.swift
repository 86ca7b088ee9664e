import Primitives

/// An attribute to write. MESSAGE-INTEGRITY and FINGERPRINT have their own methods on the builder.
package enum STUNAttribute: Hashable, Sendable {
    case username(String)
    case priority(UInt32)
    case useCandidate
    /// The tie-breaker of an agent in the controlled role.
    case iceControlled(UInt64)
    /// The tie-breaker of an agent in the controlling role.
    case iceControlling(UInt64)
    case xorMappedAddress(TransportAddress)
    case mappedAddress(TransportAddress)
    /// A code of 300 to 699, without a reason phrase.
    case errorCode(STUNErrorCode)
    case unknownAttributes(STUNUnknownAttributes)
    case software(String)
    /// An attribute of any other type.
    case other(STUNAttributeType, [UInt8])

    package var type: STUNAttributeType {
        switch self {
        case .username: .username
        case .priority: .priority
        case .useCandidate: .useCandidate
        case .iceControlled: .iceControlled
        case .iceControlling: .iceControlling
        case .xorMappedAddress: .xorMappedAddress
        case .mappedAddress: .mappedAddress
        case .errorCode: .errorCode
        case .unknownAttributes: .unknownAttributes
        case .software: .software
        case .other(let type, _): type
        }
    }
}
