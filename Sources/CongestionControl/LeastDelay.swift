import Primitives

/// The least one-way delay of the last 30 seconds, up to the unknown offset between the clocks: the path without queues.
package struct LeastDelay: Sendable {
    /// Width of a bucket in nanoseconds; ten are kept. A clock that is 100 ppm off moves by 3 ms in that time. A shorter
    /// memory would take a queue that another sender keeps for the path.
    private static let bucket: Int64 = 3_000_000_000
    private static let buckets = 10

    /// In milliseconds, per bucket.
    private var least: InlineArray<10, Double> = .init(repeating: .infinity)
    private var current: Int64?
    /// The least delay in milliseconds; infinite before the first.
    package private(set) var value = Double.infinity

    package init() {}

    /// Notes a delay: arrival on the peer's clock less sending on ours, in milliseconds.
    package mutating func note(milliseconds: Double, now: MonotonicInstant) {
        let number = now.nanoseconds / Self.bucket
        if number != current {
            let last = current ?? number &- Int64(Self.buckets)
            var cleared = max(last &+ 1, number &- Int64(Self.buckets) &+ 1)
            while cleared <= number {
                least[Self.place(of: cleared)] = .infinity
                cleared &+= 1
            }
            current = max(number, last)
            value = .infinity
            for place in 0..<Self.buckets { value = min(value, least[place]) }
        }
        let place = Self.place(of: number)
        least[place] = min(least[place], milliseconds)
        value = min(value, milliseconds)
    }

    private static func place(of number: Int64) -> Int {
        let rest = Int(number % Int64(buckets))
        return rest < 0 ? rest &+ buckets : rest
    }
}
