import Primitives

/// The bitrate over the last second, from ten buckets; the current bucket counts only when it is full.
package struct RateMeter: Sendable {
    /// The width of a bucket.
    package static let bucket = Duration.milliseconds(100)
    private static let buckets = 10

    private var octets: InlineArray<10, Int64> = .init(repeating: 0)
    /// The number of the current bucket, from the clock's origin; `nil` before the first octets.
    private var current: Int64?
    /// The number of the first bucket that counts.
    private var first: Int64 = 0

    package init() {}

    /// Records octets at `now`.
    package mutating func note(octets: Int, now: MonotonicInstant) {
        advance(to: now)
        guard let current else { return }
        self.octets[Self.place(of: current)] &+= Int64(octets)
    }

    /// The rate over the full buckets of the last second; `nil` before one is full.
    package mutating func rate(at now: MonotonicInstant) -> Bitrate? {
        guard current != nil else { return nil }
        advance(to: now)
        guard let current else { return nil }
        let oldest = max(first, current &- Int64(Self.buckets) &+ 1)
        guard current > oldest else { return nil }
        var sum: Int64 = 0
        for number in oldest..<current { sum &+= octets[Self.place(of: number)] }
        return Bitrate(bitsPerSecond: sum &* 8 &* 10 / (current &- oldest))
    }

    private mutating func advance(to now: MonotonicInstant) {
        let number = now.nanoseconds / Self.bucket.wholeNanoseconds
        guard let last = current else {
            current = number
            first = number
            return
        }
        guard number > last else { return }
        var cleared = max(last &+ 1, number &- Int64(Self.buckets) &+ 1)
        while cleared <= number {
            octets[Self.place(of: cleared)] = 0
            cleared &+= 1
        }
        current = number
    }

    private static func place(of number: Int64) -> Int { Int(number % Int64(buckets)) }
}
