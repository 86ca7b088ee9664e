/// The 48-bit index of a packet from its 16-bit sequence number (RFC 3711 section 3.3.1).
package enum PacketIndex {
    private static let half = 0x8000

    /// The index nearest to `newest`, the newest authentic index of the SSRC; with roll-over counter 0 if there is
    /// none.
    ///
    /// `nil` if the roll-over counter is exhausted. While the counter is 0 no packet can be a cycle old, so such a
    /// number is taken as a jump ahead.
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
