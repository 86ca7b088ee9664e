// Big-endian appends, for messages built outside the packet path (STUN, RTCP).
extension Array where Element == UInt8 {
    package mutating func append(bigEndian value: UInt16) {
        append(UInt8(truncatingIfNeeded: value &>> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends the low 24 bits of `value`.
    package mutating func append(bigEndian24 value: UInt32) {
        append(UInt8(truncatingIfNeeded: value &>> 16))
        append(UInt8(truncatingIfNeeded: value &>> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    package mutating func append(bigEndian value: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: value &>> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: value))
    }

    package mutating func append(bigEndian value: UInt64) {
        append(bigEndian: UInt32(truncatingIfNeeded: value &>> 32))
        append(bigEndian: UInt32(truncatingIfNeeded: value))
    }

    /// Overwrites the two octets at `offset`, which the caller has already appended.
    package mutating func set(bigEndian value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value &>> 8)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
    }
}
