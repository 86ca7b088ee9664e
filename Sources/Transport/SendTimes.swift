import Primitives

/// When the datagrams of a worker left: one time per batch, noted when the batch was handed to the kernel.
///
/// A packet is noted in its peer's `SendHistory` when it is sealed, which may be milliseconds before it leaves, under the number
/// of the batch that it leaves with; the time is looked up when the peer reports on the packet. Confined to its worker's thread.
// Safe to use: numbers are masked into the ring, which lives as long as this object.
@safe package final class SendTimes {
    /// Batches whose times are kept; a power of two. At 10,000 batches a second 6 s, 256 KiB.
    package static let capacity = 1 << 16

    /// In microseconds, wrapping, by the low bits of the batch's number.
    private let microseconds: UnsafeMutablePointer<UInt32>
    /// The number of the batch that is being filled, wrapping.
    package private(set) var current: UInt32 = 0

    package init() {
        unsafe microseconds = .allocate(capacity: Self.capacity)
        unsafe microseconds.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { unsafe microseconds.deallocate() }

    /// Notes that the batch which was being filled left at `now`.
    package func noteFlush(at now: MonotonicInstant) {
        unsafe microseconds[Int(current) & (Self.capacity - 1)] = UInt32(truncatingIfNeeded: now.nanoseconds / 1_000)
        current &+= 1
    }

    /// When a batch left; `nil` where it has not yet, or too long ago.
    package func time(ofBatch number: UInt32, now: MonotonicInstant) -> MonotonicInstant? {
        let behind = current &- number
        guard behind > 0, behind <= UInt32(Self.capacity) else { return nil }
        let left = unsafe microseconds[Int(number) & (Self.capacity - 1)]
        // Wraps after 71 minutes.
        let age = UInt32(truncatingIfNeeded: now.nanoseconds / 1_000) &- left
        return MonotonicInstant(nanoseconds: (now.nanoseconds / 1_000 &- Int64(age)) &* 1_000)
    }
}
