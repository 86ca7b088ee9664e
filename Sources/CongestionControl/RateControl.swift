import Primitives

/// The estimate by delay: rises while the path is used normally, falls to what the path has just carried at overuse
/// (draft-ietf-rmcat-gcc-02 section 5.5; Docs/CongestionControl.md says where the constants differ and why).
package struct RateControl: Sendable {
    /// What a feedback says about the path. Rates in bits per second.
    package struct Input: Sendable {
        package var usage: OveruseDetector.Usage
        /// Acknowledged over a second, over the last 300 ms, and over two seconds.
        package var acknowledged: Double?
        package var recent: Double?
        package var used: Double?
        /// Delay that our own bursts do not explain, in milliseconds.
        package var residual: Double
        package var roundTrip: Duration
        /// Whether another sender keeps the queue, whatever we do.
        package var isCompeting: Bool
        /// Mean loss, 0 to 1.
        package var loss: Double
        /// Whether less is sent than the estimate would allow.
        package var isApplicationLimited: Bool
    }

    /// At overuse the estimate becomes this part of what was just acknowledged, less a thousandth per millisecond of queue,
    /// so that the queue drains within a second; within the bounds.
    package static let kept = 0.92
    package static let drainPerMillisecond = 0.001
    package static let keptBounds = 0.85...0.95
    /// The lower bound where much less is acknowledged than was estimated: the capacity fell.
    package static let keptAfterFall = 0.75
    package static let fallShare = 0.8
    /// Per second, while no overuse has shown the capacity. libwebrtc rises by 1.08.
    package static let increase = 1.13
    /// Per second, near a known capacity. A sum and no factor: only so do flows that share a bottleneck meet.
    package static let nearIncrease = 40_000.0
    /// After an overuse the estimate rises to this part of what it was before, and stays for this long.
    package static let plateau = 0.93
    package static let plateauTime = Duration.seconds(2)
    /// No rise while the path has a longer queue than this, in milliseconds.
    package static let holdResidual = 20.0
    /// The estimate rises to this multiple of what is acknowledged, plus 10 kbit/s.
    package static let headroom = 1.5
    package static let headroomOffset = 10_000.0
    /// The estimate rises by itself only while this part of it is acknowledged, the second before the capacity is known: what
    /// is not sent proves nothing. Probes raise it elsewhere.
    package static let usedShare = 0.9
    package static let usedShareAtStart = 0.8
    /// With less acknowledged than this part of the estimate, a first overuse lowers it to this part of itself only: what
    /// was acknowledged shows what we sent, not what the path carries.
    package static let idleDecrease = 0.7
    package static let idleResidual = 50.0
    /// A second overuse within this time shows that it was the path.
    package static let secondOveruse = Duration.seconds(1)
    /// A decrease shows in what is acknowledged after a round trip and this time.
    package static let reaction = Duration.milliseconds(200)
    /// Where less than this part of the estimate is acknowledged, the next decrease does not wait.
    package static let urgentShare = 0.7

    private enum State {
        /// Waits for the queue to drain. Normal use: increase; overuse: decreases and stays.
        case hold
        /// Overuse: decreases and holds; underuse: holds.
        case increase
    }

    /// In bits per second.
    package private(set) var estimate: Double
    package private(set) var capacity = LinkCapacity()
    /// When the estimate fell last, and what it was before.
    package private(set) var lastDecrease: (at: MonotonicInstant, from: Double)?
    private var state = State.increase
    private var updatedAt: MonotonicInstant?
    private var lastIdleOveruse: MonotonicInstant?
    /// The last overuse that showed the capacity, with the estimate before it.
    private var shown: (capacity: Double, before: Double, at: MonotonicInstant)?

    package init(start: Double) { estimate = start }

    /// Sets the estimate to what a probe or a pause has shown.
    package mutating func set(_ rate: Double, now: MonotonicInstant) {
        if let shown, rate > shown.capacity { self.shown = nil }
        estimate = rate
        updatedAt = now
    }

    /// Forgets what the path has carried: it may be another one.
    package mutating func forgetCapacity() {
        capacity = LinkCapacity()
        shown = nil
    }

    /// Follows the path's use after a feedback.
    package mutating func update(_ input: Input, now: MonotonicInstant) {
        if let acknowledged = input.acknowledged, let known = capacity.estimate, acknowledged > known {
            capacity.check(acknowledged: acknowledged)
        }
        switch (input.usage, state) {
        case (.overuse, _): decrease(input, now: now)
        case (.underuse, _):
            state = .hold
            updatedAt = now
        case (.normal, .hold):
            state = .increase
            updatedAt = now
        case (.normal, .increase): increase(input, now: now)
        }
    }

    private mutating func increase(_ input: Input, now: MonotonicInstant) {
        defer { updatedAt = now }
        guard let updatedAt, let acknowledged = input.acknowledged, !input.isApplicationLimited else { return }
        let limit = Self.headroom * acknowledged + Self.headroomOffset
        guard estimate < limit, isUsed(input), input.isCompeting || input.residual <= Self.holdResidual else { return }
        if let shown, now - shown.at < Self.plateauTime, estimate >= Self.plateau * shown.before { return }
        let elapsed = min((now - updatedAt).inSeconds, 1)
        let step =
            capacity.estimate == nil
            ? estimate * (Exponential.power(Self.increase, elapsed) - 1) : Self.nearIncrease * elapsed
        estimate = min(estimate + step, limit)
    }

    private func isUsed(_ input: Input) -> Bool {
        let isKnown = capacity.estimate != nil
        let used = (isKnown ? input.used : nil) ?? input.acknowledged ?? 0
        return used >= (isKnown ? Self.usedShare : Self.usedShareAtStart) * estimate * (1 - input.loss)
    }

    private mutating func decrease(_ input: Input, now: MonotonicInstant) {
        guard mayDecrease(input, now: now) else { return }
        guard let acknowledged = input.acknowledged else { return fall(to: estimate / 2, now: now) }
        if acknowledged < Self.idleDecrease * estimate, input.residual <= Self.idleResidual,
            lastIdleOveruse.map({ now - $0 > Self.secondOveruse }) ?? true
        {
            lastIdleOveruse = now
            return fall(to: estimate * Self.idleDecrease, now: now)
        }
        // A second's mean would still hold the rate of before.
        let carried = input.recent ?? acknowledged
        let least = carried < Self.fallShare * estimate ? Self.keptAfterFall : Self.keptBounds.lowerBound
        let factor = min(max(Self.kept - Self.drainPerMillisecond * input.residual, least), Self.keptBounds.upperBound)
        var lowered = factor * carried
        if lowered > estimate, let known = capacity.estimate { lowered = factor * known }
        capacity.check(acknowledged: carried)
        capacity.noteOveruse(acknowledged: carried)
        shown = (carried, estimate, now)
        fall(to: lowered, now: now)
    }

    private mutating func fall(to lowered: Double, now: MonotonicInstant) {
        if lowered < estimate {
            lastDecrease = (now, estimate)
            estimate = lowered
        }
        updatedAt = now
        state = .hold
    }

    private func mayDecrease(_ input: Input, now: MonotonicInstant) -> Bool {
        guard let last = lastDecrease else { return true }
        return now - last.at >= min(input.roundTrip, .seconds(1)) + Self.reaction
            || (input.recent ?? estimate) < Self.urgentShare * estimate
    }
}
