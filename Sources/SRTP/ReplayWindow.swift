/// The seen packet indices of one SSRC: the newest, and a bit for each of the 1,024 up to it (RFC 3711 section 3.3.2).
/// 136 octets.
package struct ReplayWindow: Sendable {
    private static let words = 16
    private static let span = UInt64(SRTPLimits.replayWindowPackets)

    /// The newest index.
    package private(set) var newest: UInt64
    // Bit (index mod 1,024). Bits after the newest index are those of indices that left the window.
    private var seen: InlineArray<16, UInt64>

    /// A window that has seen only `index`.
    package init(first index: UInt64) {
        newest = index
        seen = InlineArray(repeating: 0)
        mark(index)
    }

    /// A window in which everything up to `index` counts as seen.
    package init(seenUpTo index: UInt64) {
        newest = index
        seen = InlineArray(repeating: .max)
    }

    /// Whether `index` was seen, or is older than the window.
    package func refuses(_ index: UInt64) -> Bool {
        if index > newest { return false }
        if newest &- index >= Self.span { return true }
        return seen[Self.word(of: index)] & Self.bit(of: index) != 0
    }

    /// Records an authentic packet with `index`, which the window has not refused.
    package mutating func noteReceived(_ index: UInt64) {
        if index > newest {
            let advance = index &- newest
            if advance >= Self.span {
                seen = InlineArray(repeating: 0)
            } else {
                for skipped in 1...advance {
                    seen[Self.word(of: newest &+ skipped)] &= ~Self.bit(of: newest &+ skipped)
                }
            }
            newest = index
        }
        mark(index)
    }

    private mutating func mark(_ index: UInt64) { seen[Self.word(of: index)] |= Self.bit(of: index) }

    private static func word(of index: UInt64) -> Int { Int(truncatingIfNeeded: (index &>> 6) & 15) }

    private static func bit(of index: UInt64) -> UInt64 { 1 &<< (index & 63) }
}
