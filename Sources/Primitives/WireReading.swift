/// A read past the end of the bytes.
package struct ShortRead: Error, Equatable, Sendable, CustomStringConvertible {
    /// Required octets, counted from the start of the bytes.
    package var needed: Int
    /// Available octets.
    package var available: Int

    package init(needed: Int, available: Int) {
        self.needed = needed
        self.available = available
    }

    package var description: String { "needs \(needed) octets, has \(available)" }
}

// Big-endian reads at an offset, each checked against the end (network order, as in every RFC here).
extension Span where Element == UInt8 {
    package func require(_ count: Int, at offset: Int) throws(ShortRead) {
        guard offset >= 0, count >= 0, count <= self.count, offset <= self.count - count else {
            throw ShortRead(needed: offset &+ count, available: self.count)
        }
    }

    package func uint8(at offset: Int) throws(ShortRead) -> UInt8 {
        try require(1, at: offset)
        return self[offset]
    }

    package func uint16(at offset: Int) throws(ShortRead) -> UInt16 {
        try require(2, at: offset)
        return UInt16(self[offset]) &<< 8 | UInt16(self[offset &+ 1])
    }

    /// The 24-bit number at `offset`.
    package func uint24(at offset: Int) throws(ShortRead) -> UInt32 {
        try require(3, at: offset)
        return UInt32(self[offset]) &<< 16 | UInt32(self[offset &+ 1]) &<< 8 | UInt32(self[offset &+ 2])
    }

    package func uint32(at offset: Int) throws(ShortRead) -> UInt32 {
        try require(4, at: offset)
        return UInt32(self[offset]) &<< 24 | UInt32(self[offset &+ 1]) &<< 16
            | UInt32(self[offset &+ 2]) &<< 8 | UInt32(self[offset &+ 3])
    }

    package func uint64(at offset: Int) throws(ShortRead) -> UInt64 {
        let high = try uint32(at: offset)
        let low = try uint32(at: offset &+ 4)
        return UInt64(high) &<< 32 | UInt64(low)
    }

    /// A copy of `count` octets from `offset`.
    package func bytes(_ count: Int, at offset: Int) throws(ShortRead) -> [UInt8] {
        try require(count, at: offset)
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in offset..<(offset &+ count) { copy.append(self[index]) }
        return copy
    }
}
