import Primitives

/// Counts durations in buckets whose width is at most 1.6 % of their value: percentiles of millions of packets in 20 KB.
package struct LatencyHistogram: Sendable {
    /// Buckets per doubling.
    private static let steps = 64
    /// From below 2 microseconds to above 17 seconds.
    private static let doublings = 24

    private var counts = [UInt64](repeating: 0, count: steps * doublings)
    package private(set) var count: UInt64 = 0
    package private(set) var maximum: Duration = .zero
    private var totalNanoseconds: Int64 = 0
    /// Durations below zero: clocks that do not agree. They count as zero.
    package private(set) var negatives: UInt64 = 0

    package init() {}

    /// Counts one duration.
    package mutating func note(_ duration: Duration) {
        var nanoseconds = duration.wholeNanoseconds
        if nanoseconds < 0 {
            negatives &+= 1
            nanoseconds = 0
        }
        counts[Self.bucket(of: nanoseconds)] &+= 1
        count &+= 1
        totalNanoseconds &+= nanoseconds
        if duration > maximum { maximum = duration }
    }

    /// Adds the counts of another.
    package mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count &+= other.count
        totalNanoseconds &+= other.totalNanoseconds
        negatives &+= other.negatives
        maximum = max(maximum, other.maximum)
    }

    /// What was counted since `earlier`, a former state of this one; its maximum is of the whole.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var difference = self
        for index in counts.indices { difference.counts[index] &-= earlier.counts[index] }
        difference.count &-= earlier.count
        difference.totalNanoseconds &-= earlier.totalNanoseconds
        difference.negatives &-= earlier.negatives
        return difference
    }

    package var mean: Duration? { count == 0 ? nil : .nanoseconds(totalNanoseconds / Int64(count)) }

    /// The duration below which `fraction` of all are; `nil` where there are none.
    package func percentile(_ fraction: Double) -> Duration? {
        guard count > 0 else { return nil }
        let wanted = max(UInt64((Double(count) * fraction).rounded(.up)), 1)
        var sum: UInt64 = 0
        for (index, number) in counts.enumerated() {
            sum &+= number
            if sum >= wanted { return min(.nanoseconds(Self.upperBound(of: index)), maximum) }
        }
        return maximum
    }

    /// Points of the distribution: the upper bound of each bucket that holds something, and the share of all up to there.
    package var distribution: [(Duration, Double)] {
        var sum: UInt64 = 0
        return counts.enumerated().compactMap { index, number in
            guard number > 0 else { return nil }
            sum &+= number
            return (.nanoseconds(Self.upperBound(of: index)), Double(sum) / Double(count))
        }
    }

    private static func bucket(of nanoseconds: Int64) -> Int {
        // 32 ns are the finest step: that gives 64 steps between 2 and 4 microseconds.
        let units = UInt64(nanoseconds) / 32
        guard units >= UInt64(steps) else { return Int(units) }
        let exponent = 63 - units.leadingZeroBitCount - 6
        let step = Int(units &>> UInt64(exponent)) - steps
        return min((exponent + 1) * steps + step, steps * doublings - 1)
    }

    private static func upperBound(of bucket: Int) -> Int64 {
        let (exponent, step) = (bucket / steps - 1, bucket % steps)
        if exponent < 0 { return Int64(step + 1) * 32 }
        return (Int64(steps + step + 1) << Int64(exponent)) * 32
    }
}
