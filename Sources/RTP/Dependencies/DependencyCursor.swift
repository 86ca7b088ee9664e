/// Reads a dependency descriptor bit by bit; a read past its end is an error.
struct DependencyCursor {
    private var bits: BitCursor
    private let octets: Int

    /// - Parameter octets: of the header extension element.
    init(octets: Int) {
        self.octets = octets
        bits = BitCursor(0..<octets)
    }

    /// f(n): the next `count` bits, 32 at most.
    mutating func bits(_ count: Int, in payload: Span<UInt8>) throws(DependencyDescriptorError) -> UInt32 {
        guard let value = bits.bits(count, in: payload) else { throw .truncated(octets: octets) }
        return value
    }

    /// ns(n): a number below `limit`, in as few bits as that takes (AV1 specification section 4.10.7).
    mutating func nonSymmetric(below limit: Int, in payload: Span<UInt8>) throws(DependencyDescriptorError) -> Int {
        guard limit > 1 else { return 0 }
        let width = Int.bitWidth &- limit.leadingZeroBitCount
        let short = 1 &<< width &- limit
        let value = Int(try bits(width &- 1, in: payload))
        guard value >= short else { return value }
        return value &<< 1 &- short &+ Int(try bits(1, in: payload))
    }
}
