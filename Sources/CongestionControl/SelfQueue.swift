import Primitives

/// The queue that our own bursts make at the bottleneck: a virtual queue that is filled with what was sent and drained at
/// the estimate.
///
/// Frames leave whole, so each keyframe arrives as a rising delay although the path is not overused. What this queue
/// explains is subtracted from the delay before the trend is looked at. A burst is over soon: what has been in the virtual
/// queue for a second is no burst but a rate that is too high, and explains nothing.
package struct SelfQueue: Sendable {
    /// The longest delay that our own bursts may explain.
    package static let maximum = Duration.nanoseconds(longest)
    private static var longest: Int64 { 250_000_000 }
    /// The virtual queue drains at this multiple of the estimate, because the estimate is a little below the capacity.
    package static let drain = 1.08
    /// How long a burst may last: ten buckets of this width, in nanoseconds.
    private static let bucket: Int64 = 100_000_000
    private static let buckets = 10

    /// In nanoseconds of the monotonic clock.
    private var emptyAt: Int64 = 0
    /// The least that waited before a packet, in milliseconds, per bucket.
    private var least: InlineArray<10, Float> = .init(repeating: .infinity)
    private var current: Int64 = 0
    private var floor = 0.0

    package init() {}

    /// Adds a packet, in the order of sending.
    ///
    /// - Parameter estimate: of the path, in bits per second.
    /// - Returns: how long the packet waits behind its own burst and takes to send, in milliseconds.
    package mutating func add(octets: Int, sentAt: MonotonicInstant, estimate: Double) -> Double {
        let start = max(emptyAt, sentAt.nanoseconds)
        note(waiting: Double(start &- sentAt.nanoseconds) / 1e6, at: sentAt)
        return addMore(octets: octets, sentAt: sentAt, estimate: estimate)
    }

    /// As `add`, for packets that left at the same time as the one before: what waits before them is no less than before that.
    mutating func addMore(octets: Int, sentAt: MonotonicInstant, estimate: Double) -> Double {
        let start = max(emptyAt, sentAt.nanoseconds)
        let drained = start &+ Int64(Double(octets) * 8e9 / max(estimate * Self.drain, 1_000))
        emptyAt = min(drained, sentAt.nanoseconds &+ Self.longest)
        return max(0, Double(emptyAt &- sentAt.nanoseconds) / 1e6 - floor)
    }

    private mutating func note(waiting: Double, at now: MonotonicInstant) {
        let number = max(now.nanoseconds, 0) / Self.bucket
        if number > current {
            var cleared = max(current &+ 1, number &- Int64(Self.buckets) &+ 1)
            while cleared <= number {
                least[Int(cleared % Int64(Self.buckets))] = .infinity
                cleared &+= 1
            }
            current = number
        }
        let place = Int(number % Int64(Self.buckets))
        guard Float(waiting) < least[place] else { return }
        least[place] = Float(waiting)
        var lowest = Float.infinity
        for place in 0..<Self.buckets { lowest = min(lowest, least[place]) }
        floor = Double(lowest)
    }
}
