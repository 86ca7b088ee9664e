import Primitives

/// How much may leave now: a debt that is paid at the pacing rate. No queue and no timer of its own: who may not send keeps
/// the place in the publisher's buffer and asks again.
///
/// The debt is kept as the instant at which it is paid, so that asking and sending are a multiplication and a comparison of
/// integers. Public, with what the packet path calls, because the compiler inlines no `package` function of another module.
public struct PacingBudget: Sendable {
    /// The pacing rate by the estimate: room for frames of unequal size.
    package static let factor = 1.25
    /// The same before the first feedback.
    package static let startFactor = 1.5
    /// The same while a queue stands on the path that our bursts do not explain: what is behind must not keep it full.
    package static let drainFactor = 1.0
    /// Such a queue, in milliseconds.
    package static let drainDelay = 30.0
    /// The debt that may be made at once, as time at the pacing rate: a normal frame leaves whole, in its turn.
    package static let burst = Duration.nanoseconds(burstNanoseconds)
    @usableFromInline static var burstNanoseconds: Int64 { @inlinable get { 30_000_000 } }
    /// The time between chunks of a longer run, and their largest size in octets.
    package static let chunkInterval = Duration.milliseconds(5)
    package static let maximumChunk = 16_384
    /// What may leave at once to a viewer that nothing is known of, in octets: the first picture is not paced.
    package static let startCredit = 32_768
    /// How long the runs may take, all together, that are worth sending in place of a new keyframe; and those of a publisher that was
    /// asked for a keyframe in vain.
    package static let promptTime = Duration.milliseconds(200)
    package static let patientTime = Duration.seconds(1)
    /// The least pacing rate, in bits per second.
    package static let leastRate = 1_000.0
    /// A longer debt is cut to this when the rate changes, in nanoseconds: no sum of a debt and a run can overflow then.
    private static let longestDebt = 86_400e9

    /// No budget: everything may leave.
    package static let unlimited = PacingBudget()

    /// When the debt is paid, in nanoseconds of the monotonic clock.
    @usableFromInline var paidAt: Int64 = 0
    /// In which time an octet is paid, in parts of 1,024 to the nanosecond; 0 where everything may leave.
    @usableFromInline var timePerOctet: Int64 = 0
    /// Octets that leave without debt.
    @usableFromInline var credit = 0
    /// When the runs that have begun will have left at the pacing rate, in nanoseconds.
    @usableFromInline var runsLeftAt: Int64 = 0

    private init() {}

    /// - Parameters:
    ///   - rate: of pacing, in bits per second.
    ///   - credit: octets that leave without debt.
    package init(rate: Double, credit: Int = 0) {
        timePerOctet = Self.time(at: rate)
        self.credit = credit
    }

    private static func time(at rate: Double) -> Int64 { max(Int64(8e9 * 1_024 / max(rate, leastRate)), 1) }

    /// In which time so many octets are paid, in nanoseconds.
    @inlinable @inline(__always) func cost(_ octets: Int) -> Int64 { (Int64(octets) &* timePerOctet) &>> 10 }

    /// Octets that are paid within this time, in nanoseconds.
    private func octets(in time: Int64) -> Int { Int(clamping: (time &<< 10) / timePerOctet) }

    /// Octets that a further run may have so that all runs have left within `time`.
    package func runOctets(within time: Duration, now: MonotonicInstant) -> Int {
        guard timePerOctet > 0 else { return .max }
        let left = time.wholeNanoseconds &- (max(runsLeftAt, now.nanoseconds) &- now.nanoseconds)
        return max(credit + octets(in: left), 0)
    }

    /// Notes that a run has begun, whose octets leave in chunks.
    package mutating func begin(runOctets octets: Int, now: MonotonicInstant) {
        runsLeftAt = max(runsLeftAt, now.nanoseconds) &+ cost(octets)
    }

    /// Lets nothing leave that asks, until `release`: what has left before stands in a queue in front of the path.
    package mutating func hold(now: MonotonicInstant) {
        credit = 0
        paidAt = now.nanoseconds &+ Int64(Self.longestDebt)
    }

    /// Ends `hold`: that queue has left, and with it the debt.
    package mutating func release(now: MonotonicInstant) { paidAt = min(paidAt, now.nanoseconds) }

    /// Sets the pacing rate, in bits per second.
    package mutating func set(rate: Double, now: MonotonicInstant) {
        let next = Self.time(at: rate)
        guard next != timePerOctet else { return }
        // Both stay the same in octets.
        let factor = Double(next) / Double(max(timePerOctet, 1))
        paidAt = Self.moved(paidAt, by: factor, now: now.nanoseconds)
        runsLeftAt = Self.moved(runsLeftAt, by: factor, now: now.nanoseconds)
        timePerOctet = next
    }

    private static func moved(_ instant: Int64, by factor: Double, now: Int64) -> Int64 {
        now &+ Int64(min(Double(max(instant, now) &- now) * factor, longestDebt))
    }

    /// Nanoseconds until the debt is paid.
    @inlinable @inline(__always) func debt(at now: Int64) -> Int64 { max(paidAt, now) &- now }

    /// Notes what has left at `now`, in nanoseconds, whether it had to ask or, as audio, not.
    @inlinable @inline(__always) public mutating func sent(octets: Int, nanoseconds now: Int64) {
        guard credit > 0 else {
            paidAt = max(paidAt, now) &+ cost(octets)
            return
        }
        let owed = max(octets &- credit, 0)
        // What leaves of a run without debt does not wait for the rate.
        runsLeftAt &-= cost(min(octets, credit))
        credit = max(credit &- octets, 0)
        paidAt = max(paidAt, now) &+ cost(owed)
    }

    /// Whether a run of this length may leave whole at `now`, in nanoseconds. A run that is longer than the burst may, where
    /// there is no debt, leave its first chunk.
    @inlinable @inline(__always) public func mayLeave(octets: Int, nanoseconds now: Int64) -> Bool {
        debt(at: now) &+ cost(octets) <= Self.burstNanoseconds || octets <= credit
    }

    /// Notes what has left, whether it had to ask or, as audio, not.
    package mutating func sent(octets: Int, now: MonotonicInstant) {
        sent(octets: octets, nanoseconds: now.nanoseconds)
    }

    /// Whether a run of this length may leave whole.
    package func mayLeave(octets: Int, now: MonotonicInstant) -> Bool {
        mayLeave(octets: octets, nanoseconds: now.nanoseconds)
    }

    /// Octets of the chunk that may leave now; 0 while the debt is too large. At least one packet leaves in each interval.
    package func chunk(now: MonotonicInstant) -> Int {
        guard timePerOctet > 0 else { return debt(at: now.nanoseconds) > Self.burstNanoseconds ? 0 : .max }
        if credit > 0 { return min(credit, Self.maximumChunk) }
        let left = Self.burstNanoseconds &- debt(at: now.nanoseconds)
        guard left >= 0 else { return 0 }
        return min(max(octets(in: max(Self.chunkInterval.wholeNanoseconds, left)), 1), Self.maximumChunk)
    }

    /// Whether there is no debt: padding may leave.
    package func isIdle(now: MonotonicInstant) -> Bool { debt(at: now.nanoseconds) == 0 }
}
