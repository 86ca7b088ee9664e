import Primitives

/// Arrival times of a peer's packets by transport-wide sequence number, until they are reported
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// A publisher whose answer has transport-cc falls to a few frames a second without these reports, so they are due from
/// the first packet on. Reported arrivals are kept for a while: when a late packet makes a report begin further back,
/// the packets after it are reported again with the same times, and no received packet is ever reported as missing.
package struct ArrivalRecorder: Sendable {
    /// The time for which arrivals are collected before a report; the target is a report at least every 100 ms.
    package static let interval = Duration.milliseconds(50)
    /// The number of collected packets that makes a report due at once.
    package static let packetsPerReport = 128
    /// The largest span of numbers in a report, and the number of kept arrivals; older numbers are given up. A power of
    /// two.
    package static let maximumSpan = 512

    /// Arrivals of consecutive transport-wide sequence numbers.
    package struct Arrivals: Equatable, Sendable {
        /// The number of the first.
        package var base: UInt16
        /// One entry per number; `nil` if the packet did not come.
        package var times: [MonotonicInstant?]
    }

    private var extender = SequenceExtender()
    /// Arrivals of the last `maximumSpan` numbers up to the highest, indexed by the low bits. Empty before the first
    /// packet.
    private var times: [MonotonicInstant?] = []
    /// The first number that the next report covers.
    private var next: Int64 = 0
    private var highest: Int64 = 0
    /// Packets since the last report.
    private var received = 0
    private var due: MonotonicInstant?

    package init() {}

    /// When a report is due; `nil` while there is nothing to report.
    package var nextTimeout: MonotonicInstant? { due }

    /// Records a packet.
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
            // After a jump the numbers in between are given up and the reports start anew.
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
            // Too late to be reported, or reported already.
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

    /// The arrivals for the next report, from the first unreported packet to the highest received one; `nil` if there
    /// is nothing new.
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
