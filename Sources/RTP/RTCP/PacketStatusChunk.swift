/// A packet's status in transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.1).
enum PacketStatusSymbol: UInt16, BitwiseCopyable {
    case notReceived = 0
    /// Received, with a delta of one octet: 0 to 255 ticks.
    case smallDelta = 1
    /// Received, with a delta of two octets: signed.
    case largeDelta = 2

    init(delta: Int16?) {
        guard let delta else {
            self = .notReceived
            return
        }
        self = 0...255 ~= delta ? .smallDelta : .largeDelta
    }

    /// Octets of the receive delta.
    var deltaOctets: Int {
        switch self {
        case .notReceived: 0
        case .smallDelta: 1
        case .largeDelta: 2
        }
    }
}

/// Sixteen bits with the statuses of several packets (sections 3.1.3 and 3.1.4).
enum PacketStatusChunk: Equatable {
    /// The same status for 1 to 8,191 packets.
    case runLength(PacketStatusSymbol, count: Int)
    /// Fourteen packets, each received with a small delta or not.
    case oneBitVector(UInt16)
    /// Seven packets with two bits each.
    case twoBitVector(UInt16)

    /// The maximum of the 13-bit run length.
    static let maximumRun = 8_191
    static let oneBitCapacity = 14
    static let twoBitCapacity = 7

    /// The number of packets in the chunk; the last chunk may contain more than the feedback has.
    var count: Int {
        switch self {
        case .runLength(_, let count): count
        case .oneBitVector: Self.oneBitCapacity
        case .twoBitVector: Self.twoBitCapacity
        }
    }

    /// `nil` for a run of the reserved symbol.
    init?(wire: UInt16) {
        if wire & 0x8000 == 0 {
            guard let symbol = PacketStatusSymbol(rawValue: wire &>> 13) else { return nil }
            self = .runLength(symbol, count: Int(wire & 0x1FFF))
        } else if wire & 0x4000 == 0 {
            self = .oneBitVector(wire & 0x3FFF)
        } else {
            self = .twoBitVector(wire & 0x3FFF)
        }
    }

    var wire: UInt16 {
        switch self {
        case .runLength(let symbol, let count): symbol.rawValue &<< 13 | UInt16(truncatingIfNeeded: count) & 0x1FFF
        case .oneBitVector(let bits): 0x8000 | bits & 0x3FFF
        case .twoBitVector(let bits): 0xC000 | bits & 0x3FFF
        }
    }

    /// The status at `index`, which is below `count`; `nil` for the reserved symbol.
    func symbol(at index: Int) -> PacketStatusSymbol? {
        switch self {
        case .runLength(let symbol, _): symbol
        case .oneBitVector(let bits):
            bits &>> UInt16(truncatingIfNeeded: Self.oneBitCapacity &- 1 &- index) & 1 == 0 ? .notReceived : .smallDelta
        case .twoBitVector(let bits):
            PacketStatusSymbol(
                rawValue: bits &>> UInt16(truncatingIfNeeded: 2 &* (Self.twoBitCapacity &- 1 &- index)) & 3)
        }
    }

    /// The chunk that covers most of `symbols` from the valid index `start` on.
    init(covering symbols: [PacketStatusSymbol], from start: Int) {
        let remaining = symbols.count - start
        var run = 1
        while run < min(remaining, Self.maximumRun), symbols[start + run] == symbols[start] { run += 1 }
        let window = symbols[start..<(start + min(remaining, Self.oneBitCapacity))]
        let fitsOneBit = !window.contains(.largeDelta)
        let vectorCount = fitsOneBit ? window.count : min(remaining, Self.twoBitCapacity)
        if run >= vectorCount {
            self = .runLength(symbols[start], count: run)
            return
        }
        // Packets after the last are written as not received.
        var bits: UInt16 = 0
        if fitsOneBit {
            for (index, symbol) in window.enumerated() {
                bits |= symbol.rawValue &<< UInt16(truncatingIfNeeded: Self.oneBitCapacity - 1 - index)
            }
            self = .oneBitVector(bits)
        } else {
            for (index, symbol) in window.prefix(Self.twoBitCapacity).enumerated() {
                bits |= symbol.rawValue &<< UInt16(truncatingIfNeeded: 2 * (Self.twoBitCapacity - 1 - index))
            }
            self = .twoBitVector(bits)
        }
    }
}
