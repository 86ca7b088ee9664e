import Primitives

/// The missing packets of a stream, and when to request each (RFC 4585 section 6.2.1).
package struct MissingPackets: Sendable {
    /// The time for reordered packets to arrive before the first request.
    package static let reorderingGrace = Duration.milliseconds(10)
    /// The time between two requests for one packet: about a round trip.
    package static let retryInterval = Duration.milliseconds(100)
    /// The largest number of requests for one packet.
    package static let maximumRequests = 10
    /// The largest number of missing packets; a longer gap is given up as a whole.
    package static let maximumCount = 512

    /// The effect of a packet on the stream.
    package enum OnPacket: Equatable, Sendable {
        /// Newer than all before.
        case newest
        /// A missing packet arrived.
        case repaired
        /// A packet that came before, or was given up.
        case duplicate
    }

    private struct Entry {
        var sequence: Int64
        var due: MonotonicInstant
        var requests = 0
    }

    private var highest: Int64?
    /// Missing packets, in ascending order.
    private var entries: [Entry] = []
    /// The number of packets that were given up.
    package private(set) var givenUp: Int64 = 0

    package init() {}

    /// The number of missing packets that are still requested.
    package var count: Int { entries.count }

    /// Records the packet with this extended sequence number.
    package mutating func noteArrival(of sequence: Int64, now: MonotonicInstant) -> OnPacket {
        guard let last = highest else {
            highest = sequence
            return .newest
        }
        guard sequence <= last else {
            highest = sequence
            let gap = sequence &- last &- 1
            guard gap > 0 else { return .newest }
            if gap > Int64(Self.maximumCount - entries.count) {
                givenUp &+= gap &+ Int64(entries.count)
                entries.removeAll(keepingCapacity: true)
                return .newest
            }
            for missing in (last &+ 1)..<sequence {
                entries.append(Entry(sequence: missing, due: now + Self.reorderingGrace))
            }
            return .newest
        }
        guard let index = entries.firstIndex(where: { $0.sequence == sequence }) else { return .duplicate }
        entries.remove(at: index)
        return .repaired
    }

    /// When `takeDue` returns something; `nil` while nothing is missing.
    package var nextTimeout: MonotonicInstant? {
        var next: MonotonicInstant?
        for entry in entries { next = earliest(next, entry.due) }
        return next
    }

    /// The sequence numbers to request now, in ascending order. Packets that reached `maximumRequests` are given up.
    package mutating func takeDue(now: MonotonicInstant) -> [UInt16] {
        var numbers: [UInt16] = []
        var lost = 0
        for index in entries.indices where entries[index].due <= now {
            guard entries[index].requests < Self.maximumRequests else {
                lost += 1
                continue
            }
            entries[index].requests += 1
            entries[index].due = now + Self.retryInterval
            numbers.append(UInt16(truncatingIfNeeded: entries[index].sequence))
        }
        if lost > 0 {
            givenUp &+= Int64(lost)
            entries.removeAll { $0.due <= now && $0.requests >= Self.maximumRequests }
        }
        return numbers
    }
}
