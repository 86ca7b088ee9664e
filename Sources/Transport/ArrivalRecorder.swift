import Primitives

/// Remembers when a peer's packets arrived, by their transport-wide sequence number, until they have been reported
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// A publisher whose answer has transport-cc starves without these reports (it falls to a few frames a second), so they
/// are due from the very first packet. What was reported is remembered for a while: when a late packet makes a report
/// begin further back, the packets behind it are told again as they were, and none that came is ever called missing.
package struct ArrivalRecorder: Sendable {
    /// How long arrivals are collected before they are reported; the target is at least every 100 ms.
    package static let interval = Duration.milliseconds(50)
    /// Packets collected before a report is due at once.
    package static let packetsPerReport = 128
    /// Numbers that one report may span, and that are remembered; what lies further back is given up. A power of two.
    package static let maximumSpan = 512

    /// Arrivals of consecutive transport-wide sequence numbers.
    package struct Arrivals: Equatable, Sendable {
        /// The first one's number.
        package var base: UInt16
        /// One per number; `nil` where none came.
        package var times: [MonotonicInstant?]
    }

    private var extender = SequenceExtender()
    /// By the low bits of the number: the last `maximumSpan` numbers up to the highest. Empty before the first packet.
    private var times: [MonotonicInstant?] = []
    /// The first number that the next report covers.
    private var next: Int64 = 0
    private var highest: Int64 = 0
    /// Packets since the last report.
    private var received = 0
    private var due: MonotonicInstant?

    package init() {}

    /// When a report is to be sent; `nil` while there is nothing to tell.
    package var nextTimeout: MonotonicInstant? { due }

    /// Notes a packet.
    ///
    /// - Returns: whether `nextTimeout` has changed.
    @discardableResult
    package mutating func note(_ sequence: UInt16, arrival: MonotonicInstant) -> Bool {
        let extended = extender.extend(sequence)
        if times.isEmpty {
            times = Array(repeating: nil, count: Self.maximumSpan)
            next = extended
            highest = extended
        }
        let step = extended &- highest
        if step >= Int64(Self.maximumSpan) {
            // A jump: what lay between is given up, the reports start anew.
            for index in times.indices { times[index] = nil }
            next = extended
            highest = extended
            received = 0
        } else if step > 0 {
            var skipped = highest &+ 1
            while skipped < extended {
                times[place(of: skipped)] = nil
                skipped &+= 1
            }
            times[place(of: extended)] = nil
            highest = extended
            next = max(next, highest &- Int64(Self.maximumSpan) &+ 1)
        } else {
            // Too late to be told, or told already.
            guard -step < Int64(Self.maximumSpan), times[place(of: extended)] == nil else { return false }
            next = min(next, extended)
        }
        times[place(of: extended)] = arrival
        received += 1
        if received >= Self.packetsPerReport {
            due = arrival
            return true
        }
        guard due == nil else { return false }
        due = arrival + Self.interval
        return true
    }

    /// What the next report tells, from the first packet that was not told yet to the highest that came; `nil` where
    /// there is nothing new.
    package mutating func take() -> Arrivals? {
        due = nil
        guard received > 0 else { return nil }
        let told = (next...highest).map { times[place(of: $0)] }
        let arrivals = Arrivals(base: UInt16(truncatingIfNeeded: next), times: told)
        next = highest &+ 1
        received = 0
        return arrivals
    }

    private func place(of number: Int64) -> Int { Int(truncatingIfNeeded: number) & (Self.maximumSpan - 1) }
}
