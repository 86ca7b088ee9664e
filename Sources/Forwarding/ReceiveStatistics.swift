import Primitives

/// What a receiver report says of one stream (RFC 3550 section 6.4.1, appendices A.3 and A.8).
package struct ReceiveStatistics: Sendable {
    private let clockRate: UInt32
    private var extender = SequenceExtender()
    private var firstSequence: Int64 = 0
    private var received: Int64 = 0
    private var receivedAtReport: Int64 = 0
    private var expectedAtReport: Int64 = 0
    /// In ticks, scaled by 16 as in appendix A.8.
    private var scaledJitter: Int64 = 0
    private var lastTransit: UInt32?
    private var lastTimestamp: UInt32 = 0

    package init(clockRate: UInt32) { self.clockRate = clockRate }

    /// The highest extended sequence number received, `nil` before the first packet.
    package var highestSequence: Int64? { extender.highest }

    /// Packets received, duplicates and repaired ones included.
    package var packetsReceived: Int64 { received }

    /// Packets lost so far; negative where more came twice (RFC 3550 section 6.4.1).
    package var packetsLost: Int64 { extender.highest.map { $0 &- firstSequence &+ 1 &- received } ?? 0 }

    /// Notes a packet of the stream's own SSRC.
    ///
    /// - Returns: its extended sequence number.
    package mutating func note(sequence: UInt16, timestamp: UInt32, arrival: MonotonicInstant) -> Int64 {
        let isFirst = extender.highest == nil
        let isNewest = isFirst || extender.peek(sequence) > (extender.highest ?? 0)
        let extended = extender.extend(sequence)
        if isFirst { firstSequence = extended }
        received &+= 1
        if isNewest { updateJitter(timestamp: timestamp, arrival: arrival) }
        return extended
    }

    /// The extended number of a packet that came again over RTX; it counts as received (RFC 4588 section 6.1 keeps the
    /// streams' statistics apart, so the report's loss stays what the network lost).
    package func extended(_ sequence: UInt16) -> Int64 { extender.peek(sequence) }

    private mutating func updateJitter(timestamp: UInt32, arrival: MonotonicInstant) {
        let ticks = arrival.nanoseconds.multipliedFullWidth(by: Int64(clockRate))
        let now = UInt32(truncatingIfNeeded: Int64(1_000_000_000).dividingFullWidth(ticks).quotient)
        let transit = now &- timestamp
        if let lastTransit, timestamp != lastTimestamp {
            let difference = Int64(Int32(bitPattern: transit &- lastTransit).magnitude)
            scaledJitter += difference - (scaledJitter + 8) >> 4
        }
        lastTransit = transit
        lastTimestamp = timestamp
    }

    /// The figures of a report block.
    package struct Report: Equatable, Sendable {
        /// Lost since the last report, in 1/256.
        package var fractionLost: UInt8
        /// Lost since the beginning, clamped to 24 bits signed.
        package var cumulativeLost: Int32
        package var extendedHighestSequence: UInt32
        /// In ticks of the RTP clock.
        package var jitter: UInt32
    }

    /// The report's figures since the last call; `nil` before the first packet.
    package mutating func takeReport() -> Report? {
        guard let highest = extender.highest else { return nil }
        let expected = highest &- firstSequence &+ 1
        let lost = expected &- received
        let expectedInterval = expected &- expectedAtReport
        let lostInterval = expectedInterval &- (received &- receivedAtReport)
        expectedAtReport = expected
        receivedAtReport = received
        let fraction =
            expectedInterval > 0 && lostInterval > 0 ? min(lostInterval &* 256 / expectedInterval, 255) : 0
        return Report(
            fractionLost: UInt8(clamping: fraction),
            cumulativeLost: Int32(min(max(lost, -0x80_0000), 0x7F_FFFF)),
            extendedHighestSequence: UInt32(truncatingIfNeeded: highest &- 65_536),
            jitter: UInt32(clamping: scaledJitter >> 4))
    }
}
