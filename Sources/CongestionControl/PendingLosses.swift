import Primitives

/// Packets that the peer has reported as not received and that may still come: reordering and a radio's own repair bring
/// some later. They are lost when they have not arrived 100 ms after the report; libwebrtc counts them at once.
package struct PendingLosses: Sendable {
    /// How long a reported packet may still come.
    package static let patience = Duration.milliseconds(100)
    /// Packets that wait at most; beyond them the oldest is lost at once.
    package static let capacity = 32

    private struct Entry: Sendable {
        var sequence: UInt32 = 0
        /// Milliseconds of our clock, wrapping.
        var reported: UInt32 = 0
        var octets: UInt16 = 0
        var isPending = false
    }

    private var entries: InlineArray<32, Entry> = .init(repeating: Entry())
    private var oldest = 0
    private var count = 0

    package init() {}

    /// Notes a packet that was reported as not received.
    ///
    /// - Returns: octets of a packet that has to be counted as lost to make room; 0 for none.
    package mutating func add(sequence: Int64, octets: Int, now: MonotonicInstant) -> Int {
        var lost = 0
        if count == Self.capacity { lost = removeOldest() }
        let place = (oldest &+ count) % Self.capacity
        entries[place] = Entry(
            sequence: UInt32(truncatingIfNeeded: sequence), reported: Self.milliseconds(now),
            octets: UInt16(clamping: octets), isPending: true)
        count &+= 1
        return lost
    }

    /// Notes that a packet has arrived.
    package mutating func remove(sequence: Int64) {
        let sequence = UInt32(truncatingIfNeeded: sequence)
        for index in 0..<count {
            let place = (oldest &+ index) % Self.capacity
            if entries[place].sequence == sequence { entries[place].isPending = false }
        }
    }

    package var isEmpty: Bool { count == 0 }

    /// Octets of a packet whose time is over; `nil` where there is none.
    package mutating func nextLost(now: MonotonicInstant) -> Int? {
        while count > 0 {
            let age = Int32(bitPattern: Self.milliseconds(now) &- entries[oldest].reported)
            guard age >= 100 || !entries[oldest].isPending else { return nil }
            let octets = removeOldest()
            if octets > 0 { return octets }
        }
        return nil
    }

    private mutating func removeOldest() -> Int {
        let entry = entries[oldest]
        oldest = (oldest &+ 1) % Self.capacity
        count &-= 1
        return entry.isPending ? Int(entry.octets) : 0
    }

    private static func milliseconds(_ instant: MonotonicInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: instant.nanoseconds / 1_000_000)
    }
}
