import Primitives

/// One reception report (RFC 3550 section 6.4.1).
package struct ReportBlock: Sendable, Equatable {
    /// Octets of a block.
    package static let count = 24
    /// The largest number of blocks in a packet: the maximum of the 5-bit count.
    package static let maximumPerPacket = 31
    /// The range of a signed 24-bit number.
    package static let cumulativeLostRange: ClosedRange<Int32> = -0x80_0000...0x7F_FFFF

    /// The source that the block reports on.
    package var ssrc: SSRC
    /// Packets lost since the last report, in 1/256.
    package var fractionLost: UInt8
    /// Packets lost since the start; negative with duplicates. Clamped to 24 bits when written.
    package var cumulativeLost: Int32
    /// The highest sequence number in the lower half, the number of its wraps in the upper half.
    package var extendedHighestSequenceNumber: UInt32
    /// Interarrival jitter in ticks of the RTP clock.
    package var jitter: UInt32
    /// LSR: the middle of the NTP timestamp of the last sender report; 0 if none came yet.
    package var lastSenderReport: UInt32
    /// DLSR: the time since that report, in 1/65,536 s.
    package var delaySinceLastSenderReport: UInt32

    package init(
        ssrc: SSRC, fractionLost: UInt8, cumulativeLost: Int32, extendedHighestSequenceNumber: UInt32, jitter: UInt32,
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequenceNumber = extendedHighestSequenceNumber
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// The round-trip time from this block, which arrived at `arrival`.
    package func roundTripTime(arrival: NTPTimestamp) -> Duration? {
        arrival.roundTripTime(lastReport: lastSenderReport, delay: delaySinceLastSenderReport)
    }

    /// Parses `count` blocks from `offset` on.
    static func parse(_ body: Span<UInt8>, at offset: Int, count: Int) throws(RTCPError) -> [ReportBlock] {
        try body.need(offset &+ count &* Self.count, for: .reportBlocks)
        var blocks: [ReportBlock] = []
        blocks.reserveCapacity(count)
        for index in 0..<count {
            let start = offset &+ index &* Self.count
            blocks.append(
                ReportBlock(
                    ssrc: SSRC(body.load32(start)), fractionLost: body[start &+ 4],
                    cumulativeLost: Int32(bitPattern: body.load24(start &+ 5) &<< 8) &>> 8,
                    extendedHighestSequenceNumber: body.load32(start &+ 8), jitter: body.load32(start &+ 12),
                    lastSenderReport: body.load32(start &+ 16), delaySinceLastSenderReport: body.load32(start &+ 20)))
        }
        return blocks
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: ssrc.rawValue)
        bytes.append(fractionLost)
        let range = Self.cumulativeLostRange
        bytes.append(bigEndian24: UInt32(bitPattern: min(max(cumulativeLost, range.lowerBound), range.upperBound)))
        bytes.append(bigEndian: extendedHighestSequenceNumber)
        bytes.append(bigEndian: jitter)
        bytes.append(bigEndian: lastSenderReport)
        bytes.append(bigEndian: delaySinceLastSenderReport)
    }
}
