import Primitives

/// Why a datagram is not a valid STUN message (RFC 8489 sections 5 and 14).
package enum STUNParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Shorter than a header.
    case tooShort(needed: Int, available: Int)
    /// Longer than `STUNMessage.maximumOctets`.
    case tooLong(octets: Int, limit: Int)
    /// The two highest bits are not zero (RFC 7983: something else on the same port).
    case notSTUN(firstOctet: UInt8)
    case wrongCookie(UInt32)
    /// The length field differs from the octets after the header, or is not a multiple of four.
    case wrongLength(stated: Int, available: Int)
    /// The attribute's value exceeds the message.
    case attributeOverrun(STUNAttributeType, needed: Int, available: Int)
    /// The attribute's length differs from its fixed length, or is below its minimum.
    case wrongAttributeLength(STUNAttributeType, octets: Int, expected: Int)
    /// An address of a family other than IPv4 (1) and IPv6 (2).
    case unknownAddressFamily(UInt8)
    /// ERROR-CODE holds a number outside 300 to 699.
    case wrongErrorCode(Int)
    case tooManyAttributes(limit: Int)
    /// FINGERPRINT must be the last attribute (RFC 8489 section 14.7).
    case fingerprintNotLast
    case fingerprintMismatch(expected: UInt32, received: UInt32)

    package var description: String {
        switch self {
        case .tooShort(let needed, let available): "STUN needs \(needed) octets, has \(available)"
        case .tooLong(let octets, let limit): "STUN message has \(octets) octets, the limit is \(limit)"
        case .notSTUN(let octet): "first octet is \(octet), expected 0 to 63"
        case .wrongCookie(let cookie): "magic cookie is \(cookie), expected \(STUNMessage.cookie)"
        case .wrongLength(let stated, let available): "STUN length states \(stated) octets, \(available) follow"
        case .attributeOverrun(let type, let needed, let available):
            "attribute \(type.rawValue) needs \(needed) octets, has \(available)"
        case .wrongAttributeLength(let type, let octets, let expected):
            "attribute \(type.rawValue) has \(octets) octets, expected \(expected)"
        case .unknownAddressFamily(let family): "address family is \(family), expected 1 or 2"
        case .wrongErrorCode(let code): "error code is \(code), expected 300 to 699"
        case .tooManyAttributes(let limit): "STUN message has more than \(limit) attributes"
        case .fingerprintNotLast: "FINGERPRINT is not the last attribute"
        case .fingerprintMismatch(let expected, let received): "FINGERPRINT is \(received), expected \(expected)"
        }
    }
}
