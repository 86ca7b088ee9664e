import Primitives

/// The checked header of a STUN message (RFC 8489 section 5).
struct STUNHeader {
    var messageClass: STUNMessage.Class
    var method: UInt16
    var transactionID: STUNTransactionID

    init(parsing datagram: Span<UInt8>) throws(STUNParsingError) {
        guard datagram.count >= STUNMessage.headerOctets else {
            throw .tooShort(needed: STUNMessage.headerOctets, available: datagram.count)
        }
        guard datagram.count <= STUNMessage.maximumOctets else {
            throw .tooLong(octets: datagram.count, limit: STUNMessage.maximumOctets)
        }
        guard datagram[0] < 64 else { throw .notSTUN(firstOctet: datagram[0]) }
        let cookie = Self.uint32(at: 4, in: datagram)
        guard cookie == STUNMessage.cookie else { throw .wrongCookie(cookie) }
        let length = Int(datagram[2]) &<< 8 | Int(datagram[3])
        let available = datagram.count - STUNMessage.headerOctets
        guard length == available, length.isMultiple(of: 4) else {
            throw .wrongLength(stated: length, available: available)
        }
        // The two bits of the class lie between the twelve of the method: M11-M7 C1 M6-M4 C0 M3-M0.
        let type = UInt16(datagram[0]) &<< 8 | UInt16(datagram[1])
        messageClass =
            switch (type & 0x0100, type & 0x0010) {
            case (0, 0): .request
            case (0, _): .indication
            case (_, 0): .success
            case (_, _): .error
            }
        method = type & 0x000F | type &>> 1 & 0x0070 | type &>> 2 & 0x0F80
        transactionID = STUNTransactionID(
            high: Self.uint32(at: 8, in: datagram),
            low: UInt64(Self.uint32(at: 12, in: datagram)) &<< 32 | UInt64(Self.uint32(at: 16, in: datagram)))
    }

    /// The type field for a class and a method.
    static func type(_ messageClass: STUNMessage.Class, method: UInt16) -> UInt16 {
        let bits = UInt16(messageClass.rawValue)
        return method & 0x000F | (method & 0x0070) &<< 1 | (method & 0x0F80) &<< 2 | (bits & 1) &<< 4 | (bits & 2) &<< 7
    }

    /// The caller has checked that four octets are available.
    private static func uint32(at offset: Int, in datagram: Span<UInt8>) -> UInt32 {
        UInt32(datagram[offset]) &<< 24 | UInt32(datagram[offset + 1]) &<< 16
            | UInt32(datagram[offset + 2]) &<< 8 | UInt32(datagram[offset + 3])
    }
}
