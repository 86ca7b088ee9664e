import Cryptography
import Primitives

/// A STUN message as parsed from a datagram (RFC 8489 section 5).
///
/// It keeps numbers and offsets and copies nothing; methods that need the octets take the datagram again. Of a repeated
/// attribute the first counts (section 14). Attributes after MESSAGE-INTEGRITY are ignored, except FINGERPRINT (section
/// 14.5), which is verified if present.
package struct STUNMessage: Hashable, Sendable {
    /// The class of a message.
    package enum Class: UInt8, Hashable, Sendable {
        case request = 0
        case indication = 1
        case success = 2
        case error = 3
    }

    /// The role that the sender of a check claims, with the tie-breaker (RFC 8445 section 7.1.3).
    package enum Role: Hashable, Sendable {
        case controlled(tieBreaker: UInt64)
        case controlling(tieBreaker: UInt64)
    }

    /// The second word of every header.
    package static let cookie: UInt32 = 0x2112_A442
    /// Length of the header in octets.
    package static let headerOctets = 20
    /// The longest accepted message, in octets: the payload of an Ethernet frame.
    package static let maximumOctets = 1_500
    /// The largest accepted number of attributes; a browser's check has about ten.
    package static let maximumAttributes = 32
    /// The Binding method, the only one that ICE uses.
    package static let bindingMethod: UInt16 = 1
    /// The number that FINGERPRINT XORs with the CRC (section 14.7).
    static let fingerprintMask: UInt32 = 0x5354_554E

    package let messageClass: Class
    package let method: UInt16
    package let transactionID: STUNTransactionID
    /// The range of the value of USERNAME in the datagram.
    package internal(set) var username: Range<Int>?
    package internal(set) var priority: UInt32?
    package internal(set) var usesCandidate = false
    package internal(set) var role: Role?
    package internal(set) var xorMappedAddress: TransportAddress?
    package internal(set) var mappedAddress: TransportAddress?
    package internal(set) var errorCode: STUNErrorCode?
    /// The range of the value of UNKNOWN-ATTRIBUTES in the datagram.
    package internal(set) var unknownAttributes: Range<Int>?
    /// The range of the value of SOFTWARE in the datagram.
    package internal(set) var software: Range<Int>?
    /// Comprehension-required attributes of unknown type.
    package internal(set) var notUnderstood = STUNUnknownAttributes()
    /// The offset of the MESSAGE-INTEGRITY attribute in the datagram.
    package internal(set) var integrityOffset: Int?
    package internal(set) var hasFingerprint = false

    /// Parses the whole of `datagram` as one message.
    package init(parsing datagram: Span<UInt8>) throws(STUNParsingError) {
        let header = try STUNHeader(parsing: datagram)
        messageClass = header.messageClass
        method = header.method
        transactionID = header.transactionID

        var cursor = STUNAttributeCursor()
        while let attribute = try cursor.next(in: datagram) {
            // FINGERPRINT "MUST be the last attribute".
            if hasFingerprint { throw .fingerprintNotLast }
            if attribute.type == .fingerprint {
                try verifyFingerprint(attribute, in: datagram)
            } else if integrityOffset == nil {
                try readAttribute(attribute, in: datagram)
            }
        }
    }

    private mutating func verifyFingerprint(
        _ attribute: STUNAttributeCursor.Attribute, in datagram: Span<UInt8>
    ) throws(STUNParsingError) {
        try attribute.require(4)
        let received = attribute.uint32(in: datagram)
        let expected = CRC32.checksum(datagram.extracting(first: attribute.offset)) ^ Self.fingerprintMask
        guard received == expected else { throw .fingerprintMismatch(expected: expected, received: received) }
        hasFingerprint = true
    }

    /// Whether MESSAGE-INTEGRITY is present and correct (section 14.5): HMAC-SHA-1 of the octets before it, with the
    /// header's length as if the message ended with it. `datagram` is the datagram that this message was parsed from.
    package func verifiesIntegrity(in datagram: Span<UInt8>, key: Span<UInt8>) -> Bool {
        guard let integrityOffset, integrityOffset + Self.integrityOctets <= datagram.count else { return false }
        let length = integrityOffset + Self.integrityOctets - Self.headerOctets
        let head: InlineArray<4, UInt8> = [
            datagram[0], datagram[1], UInt8(truncatingIfNeeded: length &>> 8), UInt8(truncatingIfNeeded: length),
        ]
        let code = datagram.extracting((integrityOffset + 4)..<(integrityOffset + Self.integrityOctets))
        return HMACSHA1.verify(code, key: key, head: head.span, tail: datagram.extracting(4..<integrityOffset))
    }

    /// Length of the MESSAGE-INTEGRITY attribute in octets.
    static let integrityOctets = 4 + HMACSHA1.octets
}
