import Primitives

extension TransportFeedback {
    /// The longest feedback packet in octets; with SRTCP's additions it fits every path.
    package static let defaultMaximumOctets = 1_200
    /// Octets of RTCP header and body before the chunks.
    private static let overhead = 20

    /// The feedbacks about the packets from `baseSequenceNumber` on. `arrivals` has the arrival time of each, or `nil`.
    /// The feedback counts start at `firstFeedbackCount`.
    ///
    /// One feedback, unless two arrivals are more than 8.19 s apart or it would exceed `maximumOctets`. Missing packets
    /// after the last received one are not reported, because they may still come. Empty if none came.
    package static func reports(
        on arrivals: [MonotonicInstant?], from baseSequenceNumber: UInt16, senderSSRC: SSRC, mediaSSRC: SSRC,
        firstFeedbackCount: UInt8, maximumOctets: Int = defaultMaximumOctets
    ) -> [TransportFeedback] {
        var reports: [TransportFeedback] = []
        var open: OpenReport?
        var missing = 0
        for (index, arrival) in arrivals.enumerated() {
            guard let arrival else {
                missing += 1
                continue
            }
            let ticks = Self.ticks(at: arrival)
            if open?.add(ticks: ticks, after: missing, maximumOctets: maximumOctets) != true {
                if let open { reports.append(open.report) }
                // Of a gap longer than a feedback can report, the beginning is left out.
                let told = min(missing, maximumWrittenStatuses - 1)
                let report = TransportFeedback(
                    senderSSRC: senderSSRC, mediaSSRC: mediaSSRC,
                    baseSequenceNumber: baseSequenceNumber &+ UInt16(truncatingIfNeeded: index - told),
                    referenceTime: UInt32(truncatingIfNeeded: ticks &>> 8) & 0xFF_FFFF,
                    feedbackCount: firstFeedbackCount &+ UInt8(truncatingIfNeeded: reports.count), deltas: [])
                open = OpenReport(report, firstTicks: ticks, after: told)
            }
            missing = 0
        }
        if let open { reports.append(open.report) }
        return reports
    }

    /// Whole ticks of 250 us at `instant`, rounded down. Differences of such values do not accumulate errors.
    private static func ticks(at instant: MonotonicInstant) -> Int64 {
        let (quotient, remainder) = instant.nanoseconds.quotientAndRemainder(dividingBy: 250_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// A feedback under construction.
    private struct OpenReport {
        var report: TransportFeedback
        private var lastTicks: Int64
        private var deltaOctets: Int
        /// The number of statuses that determines the size of the chunks; a long gap counts as one run.
        private var weight: Int

        init(_ report: TransportFeedback, firstTicks: Int64, after missing: Int) {
            self.report = report
            self.report.append(lost: missing)
            // Below 256, since the reference time is the same number without its low 8 bits.
            self.report.append(received: Int16(truncatingIfNeeded: firstTicks & 0xFF))
            lastTicks = firstTicks
            deltaOctets = 1
            weight = Self.weight(missing: missing) + 1
        }

        /// Adds the packet that came at `ticks` with `missing` lost before it; `false` if it does not fit.
        mutating func add(ticks: Int64, after missing: Int, maximumOctets: Int) -> Bool {
            guard let delta = Int16(exactly: ticks &- lastTicks) else { return false }
            let octets = deltaOctets + PacketStatusSymbol(delta: delta).deltaOctets
            let weight = weight + Self.weight(missing: missing) + 1
            // A chunk has at least seven statuses, the last one at least one; at most three octets of padding follow.
            let size = TransportFeedback.overhead + 2 * (weight / PacketStatusChunk.twoBitCapacity + 1) + octets + 3
            guard size <= maximumOctets,
                report.statusCount + missing + 1 <= TransportFeedback.maximumWrittenStatuses
            else { return false }
            report.append(lost: missing)
            report.append(received: delta)
            lastTicks = ticks
            deltaOctets = octets
            self.weight = weight
            return true
        }

        /// A gap takes at most the rest of one vector, one run per 8,191 packets, and the beginning of another vector.
        private static func weight(missing: Int) -> Int { min(missing, 28 + 7 * (missing / 8_191)) }
    }
}
