/// A 16-bit sequence number that wraps (RFC 3550 section 5.1), also used for transport-wide numbers.
package struct SequenceNumber: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// The distance from `other` to `self` in packets, -32,768 ... 32,767; positive if `self` is the later one.
    package func distance(from other: SequenceNumber) -> Int {
        Int(Int16(bitPattern: rawValue &- other.rawValue))
    }

    /// Whether `self` comes after `other` in wrapping order.
    package func isNewer(than other: SequenceNumber) -> Bool { distance(from: other) > 0 }

    package static func &+ (a: SequenceNumber, b: Int) -> SequenceNumber {
        SequenceNumber(a.rawValue &+ UInt16(truncatingIfNeeded: b))
    }
}

/// Extends 16-bit sequence numbers to 64 bits; the upper bits count the roll-overs.
package struct SequenceExtender: Sendable {
    /// The highest extended number so far; `nil` before the first.
    package private(set) var highest: Int64?

    package init() {}

    /// Extends `sequence` to the number nearest to the highest so far. The first number starts one cycle up, so that an
    /// older number after it is still positive.
    package mutating func extend(_ sequence: UInt16) -> Int64 {
        let extended = peek(sequence)
        if extended > highest ?? .min { highest = extended }
        return extended
    }

    /// The extended number of `sequence`, without changing the state.
    package func peek(_ sequence: UInt16) -> Int64 {
        guard let highest else { return Int64(sequence) &+ 65_536 }
        let delta = Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest))
        return highest &+ Int64(delta)
    }
}
