import Primitives

/// One direction of a link: decides for each datagram when it arrives, how often, or that it does not.
package struct VirtualLink: Sendable {
    /// What becomes of a datagram.
    package enum OnSend: Equatable, Sendable {
        /// It arrives once.
        case arrives(MonotonicInstant)
        /// It arrives twice.
        case arrivesTwice(MonotonicInstant, MonotonicInstant)
        case lost
        /// The queue before the link was full.
        case overflowed
    }

    package var conditions: LinkConditions
    private var generator: SeededGenerator
    /// When the link has sent what waits for it.
    private var busyUntil = MonotonicInstant.zero
    /// The latest arrival so far: jitter does not change the order.
    private var lastArrival = MonotonicInstant.zero
    private var isInBurst = false

    package init(_ conditions: LinkConditions, generator: SeededGenerator) {
        self.conditions = conditions
        self.generator = generator
    }

    package mutating func send(octets: Int, at now: MonotonicInstant) -> OnSend {
        guard let departure = queue(octets: octets, at: now) else { return .overflowed }
        if isLost() { return .lost }
        let arrival = arrival(departingAt: departure)
        guard occurs(conditions.duplication) else { return .arrives(arrival) }
        return .arrivesTwice(arrival, self.arrival(departingAt: departure))
    }

    /// When the datagram has left the queue; `nil` where there is no room for it.
    private mutating func queue(octets: Int, at now: MonotonicInstant) -> MonotonicInstant? {
        guard let rate = conditions.rate, rate.bitsPerSecond > 0 else { return now }
        let start = max(now, busyUntil)
        let waiting = Double((start - now).wholeNanoseconds) * Double(rate.bitsPerSecond) / 8e9
        guard Int(waiting) + octets <= conditions.queueOctets else { return nil }
        busyUntil = start + .nanoseconds(Int64(Double(octets) * 8e9 / Double(rate.bitsPerSecond)))
        return busyUntil
    }

    private mutating func isLost() -> Bool {
        if let burst = conditions.burst {
            if isInBurst { isInBurst = !occurs(burst.end) } else { isInBurst = occurs(burst.begin) }
            if isInBurst { return true }
        }
        return occurs(conditions.loss)
    }

    private mutating func arrival(departingAt departure: MonotonicInstant) -> MonotonicInstant {
        var arrival = departure + conditions.latency
        if conditions.jitter > .zero {
            arrival =
                arrival + .nanoseconds(Int64.random(in: 0...conditions.jitter.wholeNanoseconds, using: &generator))
        }
        if occurs(conditions.reordering) { return arrival + conditions.reorderingDelay }
        lastArrival = max(lastArrival, arrival)
        return lastArrival
    }

    private mutating func occurs(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &generator) < probability
    }
}
