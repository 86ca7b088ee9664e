/// A histogram of durations with fixed classes, for `/metrics`.
package struct DurationHistogram: Hashable, Sendable {
    /// The upper ends of the classes in milliseconds; one more class takes everything longer.
    package static let boundsInMilliseconds: [Double] = [
        25, 50, 100, 150, 200, 250, 350, 450, 700, 1_000, 2_000, 5_000,
    ]

    /// How many durations fell into each class, one more entry than bounds.
    package private(set) var counts: [UInt64]
    /// The sum of all durations.
    package private(set) var sum: Duration = .zero

    package init() { counts = Array(repeating: 0, count: Self.boundsInMilliseconds.count + 1) }

    /// How many durations were noted.
    package var count: UInt64 { counts.reduce(0, &+) }

    /// Notes one duration.
    package mutating func note(_ duration: Duration) {
        let milliseconds = Double(duration / .microseconds(1)) / 1_000
        let bucket = Self.boundsInMilliseconds.firstIndex { milliseconds <= $0 } ?? Self.boundsInMilliseconds.count
        counts[bucket] &+= 1
        sum += duration
    }

    /// Adds the counts of another histogram.
    package mutating func add(_ other: DurationHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum += other.sum
    }
}
