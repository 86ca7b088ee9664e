import Primitives

/// What a link carries over time.
package struct CapacitySchedule: Sendable {
    /// A rate from an instant on; a rate of zero is a stall, during which the queue grows.
    package struct Step: Sendable {
        package var at: MonotonicInstant
        package var bitsPerSecond: Double
    }

    package private(set) var steps: [Step]
    private var place = 0

    /// - Parameter steps: seconds and Mbit/s; the first at 0.
    package init(_ steps: [(Double, Double)]) {
        self.steps = steps.map {
            Step(at: .zero + .nanoseconds(Int64($0.0 * 1e9)), bitsPerSecond: $0.1 * 1e6)
        }
    }

    /// Puts stalls of 100 to 400 ms into the schedule, as a radio makes them.
    package mutating func stall(every mean: Double, until end: Double, generator: inout SeededGenerator) {
        var at = Double.random(in: 0...(2 * mean), using: &generator)
        while at < end {
            let length = Double.random(in: 0.1...0.4, using: &generator)
            let (from, to) = (Int64(at * 1e9), Int64((at + length) * 1e9))
            let after = rate(at: MonotonicInstant(nanoseconds: to))
            steps.removeAll { $0.at.nanoseconds >= from && $0.at.nanoseconds <= to }
            steps.append(Step(at: MonotonicInstant(nanoseconds: from), bitsPerSecond: 0))
            steps.append(Step(at: MonotonicInstant(nanoseconds: to), bitsPerSecond: after))
            steps.sort { $0.at < $1.at }
            at += length + Double.random(in: 0.2...(2 * mean), using: &generator)
        }
        place = 0
    }

    /// The rate at an instant, in bits per second.
    package func rate(at now: MonotonicInstant) -> Double {
        (steps.last { $0.at <= now } ?? steps[0]).bitsPerSecond
    }

    /// When octets whose sending begins at `start` have been sent. Called with `start` that never goes back.
    mutating func finish(octets: Int, from start: MonotonicInstant) -> MonotonicInstant {
        while place + 1 < steps.count, steps[place + 1].at <= start { place += 1 }
        var bits = Double(octets) * 8
        var from = start.nanoseconds
        var current = place
        while true {
            let rate = steps[current].bitsPerSecond
            let end = current + 1 < steps.count ? steps[current + 1].at.nanoseconds : Int64.max
            let room = Double(end - from) * rate / 1e9
            if rate > 0, room >= bits { return MonotonicInstant(nanoseconds: from + Int64(bits * 1e9 / rate)) }
            guard current + 1 < steps.count else { return .distantFuture }
            bits -= room
            from = end
            current += 1
        }
    }
}
