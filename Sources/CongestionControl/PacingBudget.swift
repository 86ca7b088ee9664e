import Primitives

/// How much may leave now: a debt that drains at the pacing rate. No queue and no timer of its own: who may not send keeps
/// the place in the publisher's buffer and asks again.
package struct PacingBudget: Sendable {
    /// The pacing rate by the estimate: room for frames of unequal size.
    package static let factor = 1.25
    /// The same before the first feedback.
    package static let startFactor = 1.5
    /// The same while a queue stands on the path that our bursts do not explain: what is behind must not keep it full.
    package static let drainFactor = 1.0
    /// Such a queue, in milliseconds.
    package static let drainDelay = 30.0
    /// The debt that may be made at once, as time at the pacing rate: a normal frame leaves whole, in its turn.
    package static let burst = Duration.milliseconds(30)
    /// The time between chunks of a longer run, and their largest size in octets.
    package static let chunkInterval = Duration.milliseconds(5)
    package static let maximumChunk = 16_384

    /// Octets.
    private var debt = 0.0
    private var octetsPerMillisecond: Double
    private var updatedAt = MonotonicInstant.zero

    /// What may leave at once to a viewer that nothing is known of, in octets: the first picture is not paced.
    package static let startCredit = 32_768
    /// How long the runs may take, all together, that are worth sending in place of a new keyframe; and those of a publisher that was
    /// asked for a keyframe in vain.
    package static let promptTime = Duration.milliseconds(200)
    package static let patientTime = Duration.seconds(1)

    private var credit: Int
    /// Octets of the runs that have begun, as far as they have not left at the pacing rate.
    private var begun = 0.0

    /// - Parameters:
    ///   - rate: of pacing, in bits per second.
    ///   - credit: octets that leave without debt.
    package init(rate: Double, credit: Int = 0) {
        octetsPerMillisecond = rate / 8_000
        self.credit = credit
    }

    /// Octets that a further run may have so that all runs have left within `time`.
    package mutating func runOctets(within time: Duration, now: MonotonicInstant) -> Int {
        drain(now)
        return max(credit + Int(octetsPerMillisecond * time.inMilliseconds - begun), 0)
    }

    /// Notes that a run has begun, whose octets leave in chunks.
    package mutating func begin(runOctets octets: Int, now: MonotonicInstant) {
        drain(now)
        begun += Double(octets)
    }

    /// Sets the pacing rate, in bits per second.
    package mutating func set(rate: Double, now: MonotonicInstant) {
        drain(now)
        octetsPerMillisecond = max(rate, 1_000) / 8_000
    }

    /// Notes what has left, whether it had to ask or, as audio, not.
    package mutating func sent(octets: Int, now: MonotonicInstant) {
        begun = max(0, begun - Double(min(credit, octets)))
        guard credit < octets else {
            credit &-= octets
            return
        }
        drain(now)
        debt += Double(octets &- credit)
        credit = 0
    }

    /// Whether a run of this length may leave whole. A run that is longer than the burst may, where there is no debt,
    /// leave its first chunk.
    package mutating func mayLeave(octets: Int, now: MonotonicInstant) -> Bool {
        if octets <= credit { return true }
        drain(now)
        return debt + Double(octets) <= octetsPerMillisecond * Self.burst.inMilliseconds
    }

    /// Octets of the chunk that may leave now; 0 while the debt is too large. At least one packet leaves in each interval.
    package mutating func chunk(now: MonotonicInstant) -> Int {
        if credit > 0 { return min(credit, Self.maximumChunk) }
        drain(now)
        let limit = octetsPerMillisecond * Self.burst.inMilliseconds
        guard debt <= limit else { return 0 }
        let share = octetsPerMillisecond * Self.chunkInterval.inMilliseconds
        return min(max(Int(max(share, limit - debt)), 1), Self.maximumChunk)
    }

    /// Whether there is no debt: padding may leave.
    package mutating func isIdle(now: MonotonicInstant) -> Bool {
        drain(now)
        return debt <= 0
    }

    private mutating func drain(_ now: MonotonicInstant) {
        guard now > updatedAt else { return }
        let drained = octetsPerMillisecond * (now - updatedAt).inMilliseconds
        debt = max(0, debt - drained)
        begun = max(0, begun - drained)
        updatedAt = now
    }
}
