import Cryptography
import Primitives

extension STUNMessage {
    /// Stores one attribute: MESSAGE-INTEGRITY, or one before it.
    mutating func readAttribute(
        _ attribute: STUNAttributeCursor.Attribute, in datagram: Span<UInt8>
    ) throws(STUNParsingError) {
        switch attribute.type {
        case .username: username = username ?? attribute.value
        case .messageIntegrity:
            try attribute.require(HMACSHA1.octets)
            integrityOffset = attribute.offset
        case .priority:
            try attribute.require(4)
            priority = priority ?? attribute.uint32(in: datagram)
        case .useCandidate:
            try attribute.require(0)
            usesCandidate = true
        case .iceControlled:
            try attribute.require(8)
            role = role ?? .controlled(tieBreaker: attribute.uint64(in: datagram))
        case .iceControlling:
            try attribute.require(8)
            role = role ?? .controlling(tieBreaker: attribute.uint64(in: datagram))
        case .xorMappedAddress:
            let address = try Self.address(attribute, in: datagram)
            xorMappedAddress = xorMappedAddress ?? address.combined(with: transactionID)
        case .mappedAddress:
            let address = try Self.address(attribute, in: datagram)
            mappedAddress = mappedAddress ?? address
        case .errorCode:
            let code = try Self.errorCode(attribute, in: datagram)
            errorCode = errorCode ?? code
        case .unknownAttributes: unknownAttributes = unknownAttributes ?? attribute.value
        case .software: software = software ?? attribute.value
        // Known, but not used with short-term credentials: RFC 8489 section 6.3 requires to ignore them.
        case .realm, .nonce: break
        default:
            if attribute.type.requiresComprehension { notUnderstood.append(attribute.type) }
        }
    }

    /// RFC 8489 section 14.1: an empty octet, the family, the port, the address.
    private static func address(
        _ attribute: STUNAttributeCursor.Attribute, in datagram: Span<UInt8>
    ) throws(STUNParsingError) -> TransportAddress {
        guard attribute.value.count >= 8 else {
            throw .wrongAttributeLength(attribute.type, octets: attribute.value.count, expected: 8)
        }
        let start = attribute.value.lowerBound
        let port = UInt16(datagram[start + 2]) &<< 8 | UInt16(datagram[start + 3])
        switch datagram[start + 1] {
        case 1:
            try attribute.require(8)
            let low = UInt64(attribute.uint32(at: 4, in: datagram))
            return TransportAddress(family: .v4, high: 0, low: low, port: port)
        case 2:
            try attribute.require(20)
            return TransportAddress(
                family: .v6, high: attribute.uint64(at: 4, in: datagram),
                low: attribute.uint64(at: 12, in: datagram), port: port)
        case let family: throw .unknownAddressFamily(family)
        }
    }

    /// RFC 8489 section 14.8: the hundreds in three bits, the rest in an octet, then a reason phrase.
    private static func errorCode(
        _ attribute: STUNAttributeCursor.Attribute, in datagram: Span<UInt8>
    ) throws(STUNParsingError) -> STUNErrorCode {
        guard attribute.value.count >= 4 else {
            throw .wrongAttributeLength(attribute.type, octets: attribute.value.count, expected: 4)
        }
        let start = attribute.value.lowerBound
        let hundreds = UInt16(datagram[start + 2] & 7)
        let rest = UInt16(datagram[start + 3])
        guard (3...6).contains(hundreds), rest < 100 else { throw .wrongErrorCode(Int(hundreds * 100 + rest)) }
        return STUNErrorCode(rawValue: hundreds * 100 + rest)
    }

    /// The user name fragment of the destination of a Binding request: the part of USERNAME before the colon (RFC 8445
    /// section 7.2.2). `nil` for other datagrams.
    ///
    /// It identifies the peer of a request from an unknown address. Nothing is verified yet; that peer's agent verifies
    /// the request.
    package static func destinationUsernameFragment(of datagram: Span<UInt8>) -> String? {
        guard let header = try? STUNHeader(parsing: datagram), header.messageClass == .request,
            header.method == bindingMethod
        else { return nil }
        var cursor = STUNAttributeCursor()
        while let attribute = try? cursor.next(in: datagram), attribute.type != .messageIntegrity {
            guard attribute.type == .username else { continue }
            return usernameFragment(in: attribute.value, of: datagram)
        }
        return nil
    }

    private static func usernameFragment(in value: Range<Int>, of datagram: Span<UInt8>) -> String? {
        guard let colon = value.first(where: { datagram[$0] == UInt8(ascii: ":") }) else { return nil }
        let fragment = value.lowerBound..<colon
        // Other octets could make a text that equals a fragment only by Unicode equivalence.
        guard ICECredentials.usernameFragmentLengths.contains(fragment.count),
            fragment.allSatisfy({ ICECharacters.contains(datagram[$0]) })
        else { return nil }
        return String(decoding: fragment.map { datagram[$0] }, as: UTF8.self)
    }
}

extension TransportAddress {
    /// The address as XOR-MAPPED-ADDRESS carries it, and back (RFC 8489 section 14.2).
    func combined(with transactionID: STUNTransactionID) -> TransportAddress {
        let port = port ^ UInt16(truncatingIfNeeded: STUNMessage.cookie &>> 16)
        switch family {
        case .v4:
            return TransportAddress(family: .v4, high: 0, low: low ^ UInt64(STUNMessage.cookie), port: port)
        case .v6:
            let mask = UInt64(STUNMessage.cookie) &<< 32 | UInt64(transactionID.high)
            return TransportAddress(family: .v6, high: high ^ mask, low: low ^ transactionID.low, port: port)
        }
    }
}
