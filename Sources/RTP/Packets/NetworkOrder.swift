// Reads in network order. The caller has checked the bounds once for a whole structure, because a check with a typed
// error per field would cost on every packet. Span's own bounds check remains.
extension Span where Element == UInt8 {
    /// The 16-bit number at `offset`; the caller has checked the bounds.
    func load16(_ offset: Int) -> UInt16 {
        UInt16(self[offset]) &<< 8 | UInt16(self[offset &+ 1])
    }

    /// The 24-bit number at `offset`; the caller has checked the bounds.
    func load24(_ offset: Int) -> UInt32 {
        UInt32(self[offset]) &<< 16 | UInt32(load16(offset &+ 1))
    }

    /// The 32-bit number at `offset`; the caller has checked the bounds.
    func load32(_ offset: Int) -> UInt32 {
        UInt32(load16(offset)) &<< 16 | UInt32(load16(offset &+ 2))
    }

    /// The 64-bit number at `offset`; the caller has checked the bounds.
    func load64(_ offset: Int) -> UInt64 {
        UInt64(load32(offset)) &<< 32 | UInt64(load32(offset &+ 4))
    }

    /// A copy of the octets in `range`; the caller has checked the bounds.
    func copy(_ range: Range<Int>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(range.count)
        for index in range { octets.append(self[index]) }
        return octets
    }
}
