import Primitives

extension TransportFeedback {
    /// Octets of a feedback packet that fit every path together with SRTCP's own.
    package static let defaultMaximumOctets = 1_200
    /// Octets of RTCP header and body before the chunks.
    private static let overhead = 20

    /// The feedbacks that tell of the packets from `baseSequenceNumber` on: `arrivals` says of each when it came, or
    /// `nil`. Their counts go up from `firstFeedbackCount`.
    ///
    /// One feedback, unless two packets came further than 8.19 s apart, or it would be larger than `maximumOctets`.
    /// Packets missing after the last that came are not told of: they may still come. Empty when none came.
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
                // A gap longer than a feedback can tell of loses its beginning.
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

    /// Whole ticks of 250 us at `instant`, rounded down. Differences of these do not add up errors.
    private static func ticks(at instant: MonotonicInstant) -> Int64 {
        let (quotient, remainder) = instant.nanoseconds.quotientAndRemainder(dividingBy: 250_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// A feedback that is being filled.
    private struct OpenReport {
        var report: TransportFeedback
        private var lastTicks: Int64
        private var deltaOctets: Int
        /// Statuses as the size of the chunks counts them: a long gap is one run, whatever its length.
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

        /// Adds the packet that came at `ticks` with `missing` lost before it; `false` where it does not fit.
        mutating func add(ticks: Int64, after missing: Int, maximumOctets: Int) -> Bool {
            guard let delta = Int16(exactly: ticks &- lastTicks) else { return false }
            let octets = deltaOctets + PacketStatusSymbol(delta: delta).deltaOctets
            let weight = weight + Self.weight(missing: missing) + 1
            // A chunk tells of at least seven statuses, the last of one; three octets of padding at most.
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

        /// A gap costs no more than the rest of one vector, one run per 8,191, and the beginning of another vector.
        private static func weight(missing: Int) -> Int { min(missing, 28 + 7 * (missing / 8_191)) }
    }
}
