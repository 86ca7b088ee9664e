import Primitives

/// Counts, loss and jitter of one received stream (RFC 3550 appendices A.3 and A.8).
package struct StreamStatistics: Sendable {
    /// Packets of the stream's own SSRC.
    package private(set) var packets: Int64 = 0
    /// Payload octets of these packets.
    package private(set) var octets: Int64 = 0
    /// Missing packets that came as RTX.
    package var repaired: Int64 = 0
    /// Packets that came twice.
    package var duplicates: Int64 = 0
    /// Packets in which a keyframe begins.
    package var keyframes: Int64 = 0
    /// The first and the latest arrival.
    package private(set) var firstArrival: MonotonicInstant?
    package private(set) var lastArrival: MonotonicInstant?

    private let clockRate: Int64
    private var extender = SequenceExtender()
    private var firstSequence: Int64 = 0
    private var expectedAtReport: Int64 = 0
    private var packetsAtReport: Int64 = 0
    /// The arrival minus the timestamp of the previous packet, in nanoseconds.
    private var lastTransit: Int64?
    private var lastTimestamp: UInt32 = 0
    private var jitterNanoseconds: Int64 = 0

    package init(clockRate: UInt32) { self.clockRate = Int64(max(clockRate, 1)) }

    /// Packets expected so far.
    package var expected: Int64 {
        guard let highest = extender.highest else { return 0 }
        return highest &- firstSequence &+ 1
    }

    /// Packets of the stream's own SSRC that never came; retransmissions do not count.
    package var lost: Int64 { max(expected &- packets, 0) }

    /// The extended sequence number of a packet, without recording it.
    package func extended(_ sequence: UInt16) -> Int64 { extender.peek(sequence) }

    /// Records a packet and returns its extended sequence number.
    package mutating func noteArrival(
        sequence: UInt16, timestamp: UInt32, octets: Int, arrival: MonotonicInstant
    ) -> Int64 {
        let isFirst = extender.highest == nil
        let extended = extender.extend(sequence)
        if isFirst {
            firstSequence = extended
            firstArrival = arrival
        }
        lastArrival = arrival
        packets &+= 1
        self.octets &+= Int64(octets)
        noteJitter(timestamp, arrival)
        return extended
    }

    private mutating func noteJitter(_ timestamp: UInt32, _ arrival: MonotonicInstant) {
        defer { lastTimestamp = timestamp }
        guard let last = lastTransit else {
            lastTransit = arrival.nanoseconds
            return
        }
        let step = Int64(Int32(bitPattern: timestamp &- lastTimestamp))
        guard step != 0 else { return }
        // The expected arrival by the timestamp, relative to the previous packet.
        let promised = last &+ step &* 1_000_000_000 / clockRate
        lastTransit = arrival.nanoseconds
        let difference = Int64(clamping: (arrival.nanoseconds &- promised).magnitude)
        jitterNanoseconds &+= (difference &- jitterNanoseconds) / 16
    }

    /// The figures of one report block.
    package struct Report: Equatable, Sendable {
        /// Packets lost since the last report, in 1/256.
        package var fractionLost: UInt8
        package var cumulativeLost: Int32
        package var extendedHighestSequence: UInt32
        /// Interarrival jitter in ticks of the RTP clock.
        package var jitter: UInt32
    }

    /// The figures since the last call; `nil` before the first packet.
    package mutating func takeReport() -> Report? {
        guard let highest = extender.highest else { return nil }
        let expectedSince = expected &- expectedAtReport
        let lostSince = expectedSince &- (packets &- packetsAtReport)
        expectedAtReport = expected
        packetsAtReport = packets
        let fraction = expectedSince > 0 && lostSince > 0 ? lostSince &* 256 / expectedSince : 0
        return Report(
            fractionLost: UInt8(clamping: fraction), cumulativeLost: Int32(clamping: expected &- packets),
            extendedHighestSequence: UInt32(truncatingIfNeeded: highest &- 65_536),
            jitter: UInt32(clamping: jitterNanoseconds &* clockRate / 1_000_000_000))
    }
}
