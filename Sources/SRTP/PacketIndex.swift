/// The 48-bit index of a packet from its 16-bit sequence number (RFC 3711 section 3.3.1).
package enum PacketIndex {
    private static let half = 0x8000

    /// The index next to `newest`, the newest genuine one of the SSRC; with roll-over counter 0 when there is none.
    ///
    /// `nil` when the roll-over counter is used up. Before the counter's first step nothing can lie a cycle back, so such
    /// a number is taken as a leap ahead.
    package static func estimate(sequence: UInt16, newest: UInt64?) -> UInt64? {
        guard let newest else { return UInt64(sequence) }
        let local = Int(newest & 0xFFFF)
        let rollOverCounter = newest >> 16
        let estimated =
            if local < half {
                Int(sequence) - local > half && rollOverCounter > 0 ? rollOverCounter - 1 : rollOverCounter
            } else {
                local - half > Int(sequence) ? rollOverCounter + 1 : rollOverCounter
            }
        let index = estimated << 16 | UInt64(sequence)
        return index <= SRTPLimits.maximumRTPIndex ? index : nil
    }
}
