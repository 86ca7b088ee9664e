import Primitives

/// Arrival times of packets by transport-wide number, until they are reported
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
package struct ArrivalLog: Sendable {
    /// The time between two reports, as in browsers.
    package static let interval = Duration.milliseconds(100)
    /// The largest span of numbers in a report; older numbers are not reported.
    package static let maximumSpan = 1_024

    private var extender = SequenceExtender()
    /// The number of the first of `times`.
    private var base: Int64 = 0
    private var times: [MonotonicInstant?] = []
    private var due: MonotonicInstant?

    package init() {}

    /// When a report is due; `nil` if there is nothing to report.
    package var nextTimeout: MonotonicInstant? { due }

    /// Records an arrival.
    package mutating func noteArrival(of number: UInt16, at arrival: MonotonicInstant) {
        let extended = extender.extend(number)
        if due == nil { due = arrival + Self.interval }
        if times.isEmpty {
            // A packet between the last report and this arrival may be missing, and the next report must say so.
            if base == 0 || extended < base || extended &- base >= Int64(Self.maximumSpan) { base = extended }
        }
        let offset = extended &- base
        guard offset >= 0 else { return }
        guard offset < Int64(Self.maximumSpan) else {
            times.removeAll(keepingCapacity: true)
            times.append(arrival)
            base = extended
            return
        }
        while times.count <= Int(offset) { times.append(nil) }
        if times[Int(offset)] == nil { times[Int(offset)] = arrival }
    }

    /// Removes and returns the arrivals for a report, with the number of the first.
    package mutating func takeArrivals() -> (base: UInt16, times: [MonotonicInstant?])? {
        due = nil
        guard !times.isEmpty else { return nil }
        let taken = (base: UInt16(truncatingIfNeeded: base), times: times)
        base &+= Int64(times.count)
        times = []
        return taken
    }
}
