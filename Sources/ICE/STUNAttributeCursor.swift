/// Iterates over the attributes of a message with a checked header (RFC 8489 section 14).
struct STUNAttributeCursor {
    /// One attribute: its type and position. The value is known to lie within the message.
    struct Attribute {
        var type: STUNAttributeType
        /// The offset of the attribute.
        var offset: Int
        /// The range of its value, without padding.
        var value: Range<Int>

        func require(_ octets: Int) throws(STUNParsingError) {
            guard value.count == octets else {
                throw .wrongAttributeLength(type, octets: value.count, expected: octets)
            }
        }

        /// The number at `position` of the value; the caller has checked the length.
        func uint32(at position: Int = 0, in datagram: Span<UInt8>) -> UInt32 {
            let start = value.lowerBound + position
            return UInt32(datagram[start]) &<< 24 | UInt32(datagram[start + 1]) &<< 16
                | UInt32(datagram[start + 2]) &<< 8 | UInt32(datagram[start + 3])
        }

        /// The number at `position` of the value; the caller has checked the length.
        func uint64(at position: Int = 0, in datagram: Span<UInt8>) -> UInt64 {
            UInt64(uint32(at: position, in: datagram)) &<< 32 | UInt64(uint32(at: position + 4, in: datagram))
        }
    }

    private var position = STUNMessage.headerOctets
    private var count = 0

    /// The next attribute, `nil` at the end of the message.
    mutating func next(in datagram: Span<UInt8>) throws(STUNParsingError) -> Attribute? {
        let end = datagram.count
        guard position < end else { return nil }
        guard count < STUNMessage.maximumAttributes else {
            throw .tooManyAttributes(limit: STUNMessage.maximumAttributes)
        }
        // The length of the message and every step are multiples of four, so four octets are available.
        let type = UInt16(datagram[position]) &<< 8 | UInt16(datagram[position + 1])
        let length = Int(datagram[position + 2]) &<< 8 | Int(datagram[position + 3])
        let start = position + 4
        let padded = (length + 3) & ~3
        guard padded <= end - start else {
            throw .attributeOverrun(STUNAttributeType(rawValue: type), needed: padded, available: end - start)
        }
        let attribute = Attribute(
            type: STUNAttributeType(rawValue: type), offset: position, value: start..<(start + length))
        position = start + padded
        count += 1
        return attribute
    }
}
