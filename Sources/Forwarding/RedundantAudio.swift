import RTP

/// Where the frames of a packet of redundant audio lie (RFC 2198), so that it can be sent to those who did not negotiate
/// it, or whose numbers for its codec differ.
package struct RedundantAudio: Hashable, Sendable {
    /// Octets before the newest frame; 0 where the packet is not redundant audio.
    package var primaryOffset: UInt16
    /// Block headers before that of the newest frame.
    package var redundantCount: UInt8

    /// Not redundant audio.
    package static let none = RedundantAudio(primaryOffset: 0, redundantCount: 0)

    private init(primaryOffset: UInt16, redundantCount: UInt8) {
        self.primaryOffset = primaryOffset
        self.redundantCount = redundantCount
    }

    /// Reads a payload of redundant audio; `nil` where it is malformed, has an empty newest frame, or has a block of a
    /// payload type that `isCarried` refuses: redundancy in redundancy is refused, too.
    package init?(parsing payload: Span<UInt8>, isCarried: (UInt8) -> Bool) {
        guard let red = try? REDPayload(parsing: payload), red.primary.count > 0, isCarried(red.primary.payloadType),
            let offset = UInt16(exactly: red.primary.offset)
        else { return nil }
        for index in 0..<red.redundantCount {
            guard let block = red.redundantBlock(at: index, in: payload), isCarried(block.payloadType) else {
                return nil
            }
        }
        self.init(primaryOffset: offset, redundantCount: UInt8(red.redundantCount))
    }

    /// Writes `payloadType` into every block header of a copy of the payload.
    ///
    /// - Parameter payload: the first octet; the headers were checked to lie in the payload when it was parsed.
    package func renumber(_ payload: UnsafeMutablePointer<UInt8>, payloadType: UInt8) {
        let count = Int(redundantCount)
        for index in 0..<count { unsafe payload[4 * index] = 0x80 | payloadType & 0x7F }
        unsafe payload[4 * count] = payloadType & 0x7F
    }

    /// How a slot takes redundant audio.
    package enum Handling: Hashable, Sendable {
        case asItIs
        /// The newest frame alone.
        case unwrap
        /// With this payload type in every block.
        case renumber(UInt8)
    }
}
