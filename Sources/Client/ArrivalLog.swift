import Primitives

/// When packets came, by their transport-wide number, until they have been reported
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
package struct ArrivalLog: Sendable {
    /// Between two reports: what browsers do.
    package static let interval = Duration.milliseconds(100)
    /// Numbers that one report spans; what lies further back is not told.
    package static let maximumSpan = 1_024

    private var extender = SequenceExtender()
    /// The number of the first of `times`.
    private var base: Int64 = 0
    private var times: [MonotonicInstant?] = []
    private var due: MonotonicInstant?

    package init() {}

    /// When a report is due; `nil` where there is nothing to tell.
    package var nextTimeout: MonotonicInstant? { due }

    /// Notes an arrival.
    package mutating func note(_ number: UInt16, at arrival: MonotonicInstant) {
        let extended = extender.extend(number)
        if due == nil { due = arrival + Self.interval }
        if times.isEmpty {
            // A packet between the last report and this one may be missing: the report tells of it.
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

    /// What a report tells, and its first number; the log forgets it.
    package mutating func take() -> (base: UInt16, times: [MonotonicInstant?])? {
        due = nil
        guard !times.isEmpty else { return nil }
        let taken = (base: UInt16(truncatingIfNeeded: base), times: times)
        base &+= Int64(times.count)
        times = []
        return taken
    }
}
