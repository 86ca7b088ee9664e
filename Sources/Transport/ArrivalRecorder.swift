import Primitives

/// Remembers when a peer's packets arrived, by their transport-wide sequence number, until they have been reported
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// A publisher whose answer has transport-cc starves without these reports (it falls to a few frames a second), so they
/// are due from the very first packet.
package struct ArrivalRecorder: Sendable {
    /// How long arrivals are collected before they are reported; the target is at least every 100 ms.
    package static let interval = Duration.milliseconds(50)
    /// Packets collected before a report is due at once.
    package static let packetsPerReport = 128
    /// Packets that one report may span; what lies further back is given up.
    package static let maximumSpan = 512

    /// Arrivals of consecutive transport-wide sequence numbers.
    package struct Arrivals: Equatable, Sendable {
        /// The first one's number.
        package var base: UInt16
        /// One per number; `nil` where none came.
        package var times: [MonotonicInstant?]
    }

    private var extender = SequenceExtender()
    /// The first number that the next report covers.
    private var next: Int64?
    /// Arrivals from `next` on, `nil` where none came.
    private var times: [MonotonicInstant?] = []
    private var received = 0
    private var due: MonotonicInstant?

    package init() { times.reserveCapacity(Self.maximumSpan) }

    /// When a report is to be sent; `nil` while there is nothing to tell.
    package var nextTimeout: MonotonicInstant? { due }

    /// Notes a packet.
    package mutating func note(_ sequence: UInt16, arrival: MonotonicInstant) {
        let extended = extender.extend(sequence)
        guard let first = next else {
            next = extended
            times.append(arrival)
            received = 1
            due = arrival + Self.interval
            return
        }
        // A late one, already told as missing: the next report begins with it, so that the sender learns of it.
        let offset = extended &- first
        if offset < 0 {
            guard -offset <= Int64(Self.maximumSpan), times.count - Int(offset) <= Self.maximumSpan else { return }
            times.insert(contentsOf: repeatElement(nil, count: Int(-offset)), at: 0)
            times[0] = arrival
            next = extended
        } else if offset < Int64(Self.maximumSpan) {
            while times.count <= Int(offset) { times.append(nil) }
            guard times[Int(offset)] == nil else { return }
            times[Int(offset)] = arrival
        } else {
            // A jump: what lay between is given up, the report starts anew.
            times.removeAll(keepingCapacity: true)
            times.append(arrival)
            next = extended
            received = 0
        }
        received += 1
        if due == nil { due = arrival + Self.interval }
        if received >= Self.packetsPerReport { due = arrival }
    }

    /// What the next report tells; `nil` where there is nothing. Afterwards the recorder has forgotten it.
    package mutating func take() -> Arrivals? {
        due = nil
        guard received > 0, let first = next, let last = times.lastIndex(where: { $0 != nil }) else { return nil }
        let arrivals = Arrivals(base: UInt16(truncatingIfNeeded: first), times: Array(times[...last]))
        next = first &+ Int64(last) &+ 1
        times.removeAll(keepingCapacity: true)
        received = 0
        return arrivals
    }
}
