/// One block of a RED payload and its position (RFC 2198 section 3).
package struct REDBlock: Sendable, Equatable, BitwiseCopyable {
    package let payloadType: UInt8
    /// The age of the block relative to the packet's timestamp, in ticks; 0 for the primary block.
    package let timestampOffset: UInt16
    /// The offset of the block's data in the payload.
    package let offset: Int
    /// Octets of data.
    package let count: Int

    package init(payloadType: UInt8, timestampOffset: UInt16, offset: Int, count: Int) {
        self.payloadType = payloadType
        self.timestampOffset = timestampOffset
        self.offset = offset
        self.count = count
    }
}

/// The payload of redundant audio: earlier frames before the primary one (RFC 2198).
package struct REDPayload: Sendable, Equatable, BitwiseCopyable {
    /// Redundant blocks that one payload may hold; browsers send one or two.
    package static let maximumRedundantBlocks = 16

    /// The newest frame.
    package let primary: REDBlock
    /// Blocks before the primary one.
    package let redundantCount: Int

    /// Checks every block header, and that all blocks lie within `payload`. The caller refuses blocks that are RED
    /// again, because payload types are unknown here.
    package init(parsing payload: Span<UInt8>) throws(PayloadError) {
        var headerEnd = 0
        var dataCount = 0
        var blocks = 0
        while true {
            try payload.need(headerEnd &+ 1)
            let first = payload[headerEnd]
            if first & 0x80 == 0 { break }
            try payload.need(headerEnd &+ 4)
            guard blocks < Self.maximumRedundantBlocks else { throw .tooMany(limit: Self.maximumRedundantBlocks) }
            dataCount &+= Int(payload.load16(headerEnd &+ 2) & 0x3FF)
            headerEnd &+= 4
            blocks &+= 1
        }
        let primaryOffset = headerEnd &+ 1 &+ dataCount
        try payload.need(primaryOffset)
        redundantCount = blocks
        primary = REDBlock(
            payloadType: payload[headerEnd] & 0x7F, timestampOffset: 0, offset: primaryOffset,
            count: payload.count &- primaryOffset)
    }

    /// The redundant block at `index`, the oldest first; `nil` past the last. `payload` is the parsed one.
    package func redundantBlock(at index: Int, in payload: Span<UInt8>) -> REDBlock? {
        guard index >= 0, index < redundantCount, payload.count >= primary.offset else { return nil }
        var offset = 4 &* redundantCount &+ 1
        for earlier in 0..<index { offset &+= Int(payload.load16(4 &* earlier &+ 2) & 0x3FF) }
        let header = 4 &* index
        return REDBlock(
            payloadType: payload[header] & 0x7F, timestampOffset: payload.load16(header &+ 1) &>> 2,
            offset: offset, count: Int(payload.load16(header &+ 2) & 0x3FF))
    }
}
