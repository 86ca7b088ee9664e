import Primitives

/// One direction of a bottleneck that any number of flows share: a capacity that changes, a tail-drop queue in milliseconds,
/// jitter without reordering (RFC 8868 section 4.5), random loss and a policer.
package struct BottleneckLink: Sendable {
    /// A token bucket that drops what is beyond its rate.
    package struct Policer: Sendable {
        package var bitsPerSecond: Double
        package var burstOctets: Double
        var tokens: Double
        var updatedAt = MonotonicInstant.zero

        package init(bitsPerSecond: Double, burstOctets: Double) {
            self.bitsPerSecond = bitsPerSecond
            self.burstOctets = burstOctets
            tokens = burstOctets
        }

        mutating func passes(octets: Int, now: MonotonicInstant) -> Bool {
            tokens = min(burstOctets, tokens + bitsPerSecond / 8 * (now - updatedAt).inSeconds)
            updatedAt = now
            guard tokens >= Double(octets) else { return false }
            tokens -= Double(octets)
            return true
        }
    }

    package var capacity: CapacitySchedule
    /// Milliseconds that a packet may wait.
    package var queue: Double
    package var latency: Duration
    /// Standard deviation in milliseconds; the amount is cut at three of them.
    package var jitter: Double
    /// The probability that a packet is lost by itself, from an instant on.
    package var loss: [(from: MonotonicInstant, probability: Double)]
    package var policer: Policer?
    private var generator: SeededGenerator
    private var busyUntil = MonotonicInstant.zero
    private var lastArrival = MonotonicInstant.zero

    package init(
        capacity: CapacitySchedule, queue: Double = 300, latency: Duration = .milliseconds(50), jitter: Double = 0,
        loss: Double = 0, policer: Policer? = nil, seed: UInt64
    ) {
        self.capacity = capacity
        self.queue = queue
        self.latency = latency
        self.jitter = jitter
        self.loss = [(.zero, loss)]
        self.policer = policer
        generator = SeededGenerator(seed: seed)
    }

    /// What becomes of a packet.
    package enum OnSend: Sendable {
        /// When it arrives, and how many milliseconds it waited for the link.
        case arrives(MonotonicInstant, waited: Double)
        case lost
    }

    package mutating func send(octets: Int, now: MonotonicInstant) -> OnSend {
        if policer?.passes(octets: octets, now: now) == false { return .lost }
        let start = max(now, busyUntil)
        let finish = capacity.finish(octets: octets, from: start)
        // The queue has a size in octets (RFC 8868 section 4.3), so that a small packet still fits where a large one does not.
        guard finish < .distantFuture, start == now || (finish - now).inMilliseconds <= queue else { return .lost }
        busyUntil = finish
        let probability = loss.last { $0.from <= now }?.probability ?? 0
        if probability > 0, Double.random(in: 0..<1, using: &generator) < probability { return .lost }
        var arrival = finish + latency
        if jitter > 0 {
            let amount = min(abs(gaussian()) * jitter, 3 * jitter)
            arrival = arrival + .nanoseconds(Int64(amount * 1e6))
            // Behind the packet before it by its own time on the link.
            lastArrival = max(arrival, lastArrival + (finish - start))
            arrival = lastArrival
        }
        return .arrives(arrival, waited: (finish - now).inMilliseconds)
    }

    /// The sum of twelve even numbers: normal enough within three deviations.
    private mutating func gaussian() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double.random(in: 0..<1, using: &generator) }
        return sum
    }
}
