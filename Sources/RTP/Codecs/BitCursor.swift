/// Reads the bits of a codec's header in order, most significant bit first; every read returns `nil` past the end.
struct BitCursor {
    private var octet: Int
    private let end: Int
    /// Bits of the current octet that were read.
    private var bit = 0
    /// Consecutive zero octets before the current one.
    private var zeros = 0
    /// Whether 0x03 after two zero octets is skipped, the emulation prevention octet (ITU-T H.264 section 7.4.1).
    private let skipsEmulationPrevention: Bool

    /// - Parameter range: octets of the payload to read.
    init(_ range: Range<Int>, skipsEmulationPrevention: Bool = false) {
        octet = range.lowerBound
        end = range.upperBound
        self.skipsEmulationPrevention = skipsEmulationPrevention
    }

    /// The next `count` bits as a number, 32 at most; `nil` past the end.
    mutating func bits(_ count: Int, in payload: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard octet < end, octet < payload.count else { return nil }
            value = value &<< 1 | UInt32(payload[octet] &>> UInt8(7 &- bit) & 1)
            bit &+= 1
            if bit == 8 { advance(in: payload) }
        }
        return value
    }

    /// The next bit; `nil` past the end.
    mutating func flag(in payload: Span<UInt8>) -> Bool? { bits(1, in: payload).map { $0 == 1 } }

    /// Skips `count` bits; `nil` past the end.
    mutating func skip(_ count: Int, in payload: Span<UInt8>) -> Void? {
        for _ in 0..<count where bits(1, in: payload) == nil { return nil }
        return ()
    }

    /// ue(v) of ITU-T H.264 section 9.1, and uvlc() of the AV1 specification section 4.10.3; `nil` past the end and beyond
    /// 32 bits.
    mutating func exponentialGolomb(in payload: Span<UInt8>) -> UInt32? {
        var leading = 0
        while true {
            guard let bit = bits(1, in: payload) else { return nil }
            if bit == 1 { break }
            leading &+= 1
            guard leading < 32 else { return nil }
        }
        guard let rest = bits(leading, in: payload) else { return nil }
        return (1 &<< UInt32(leading) &- 1) &+ rest
    }

    /// se(v) of ITU-T H.264 section 9.1.1; `nil` past the end.
    mutating func signedExponentialGolomb(in payload: Span<UInt8>) -> Int64? {
        exponentialGolomb(in: payload).map { number in
            let half = (Int64(number) &+ 1) / 2
            return number & 1 == 1 ? half : 0 &- half
        }
    }

    private mutating func advance(in payload: Span<UInt8>) {
        zeros = payload[octet] == 0 ? zeros &+ 1 : 0
        octet &+= 1
        bit = 0
        guard skipsEmulationPrevention, zeros >= 2, octet < end, octet < payload.count, payload[octet] == 3 else {
            return
        }
        octet &+= 1
        zeros = 0
    }
}
