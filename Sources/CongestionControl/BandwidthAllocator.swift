import Primitives

/// Shares one estimate among a viewer's slots: each gets its smallest step before any gets the next, by priority.
///
/// It works in place on the slots, in the order of the stage; only where a step is raised they are copied. Down at once, up after a second of room
/// or by a probe; what changes is in the slots' choices.
package struct BandwidthAllocator: Sendable {
    /// What the path carries.
    package struct Conditions: Sendable {
        /// In bits per second, as `PathTarget` has it.
        package var target: PathTarget
        /// Sound, which is always sent.
        package var audio: Bitrate
        /// What a probe has shown since the last call; `nil` for none.
        package var probed: Bitrate?

        package init(target: PathTarget, audio: Bitrate, probed: Bitrate? = nil) {
            self.target = target
            self.audio = audio
            self.probed = probed
        }
    }

    /// Choices stay while the estimate is at least this part of their sum, and rise where it is this multiple of the new sum.
    package static let keeping = 0.95
    package static let raising = 1.1
    /// How long there must be room.
    package static let patience = Duration.seconds(1)
    /// A single slot's smallest step may exceed the estimate by this part, while loss and delay (in milliseconds) are below
    /// the bounds: rather a picture that is a little late than none.
    package static let excess = 1.25
    package static let excessLoss = 0.05
    package static let excessDelay = 100.0
    /// Above what a step needs, in a probe for it.
    package static let probeFactor = 1.1

    /// The keyframes of the steps that are raised at a time leave within this time beside what is sent anyway; the other slots
    /// follow after them. All keyframes at once fill a narrow link's queue, and are lost in it.
    package static let keyframeTime = Duration.milliseconds(300)
    /// After steps were raised the next ones wait for their keyframes, at most so long.
    package static let longestWait = Duration.seconds(2)
    /// No step is raised while our own bursts do not explain this delay, in milliseconds.
    package static let raisingDelay = 30.0
    /// For how long what a probe has shown counts for slots that wait for others' keyframes.
    package static let probeValidity = Duration.seconds(1)

    /// Since when the next step has had room.
    private var roomSince: MonotonicInstant?
    /// When the keyframes of the steps raised last have left; only then further ones are raised.
    private var keyframesUntil: MonotonicInstant?
    /// What a probe has shown, in bits per second.
    private var shown: (rate: Int64, at: MonotonicInstant)?

    /// When another allocation may raise what the last one had to leave; `nil` where nothing waits.
    package private(set) var nextRaise: MonotonicInstant?

    package init() {}

    /// Chooses a step or a pause for every slot.
    ///
    /// - Returns: the rate to probe for, which the next step needs; `nil` where nothing is missing or a slot has to wait.
    package mutating func allocate(
        _ slots: inout [SlotAllocation], _ conditions: Conditions, now: MonotonicInstant
    ) -> Bitrate? {
        let ceiling = conditions.target.ceiling?.bitsPerSecond ?? .max
        let estimate = conditions.target.estimate.bitsPerSecond - conditions.audio.bitsPerSecond
        settle(&slots)
        nextRaise = nil
        if let probed = conditions.probed { shown = (probed.bitsPerSecond, now) }
        if conditions.target.isOverused || Double(estimate) < Self.keeping * Double(Self.sum(slots)) {
            roomSince = nil
            lower(&slots, to: estimate, conditions.target, now: now)
        }
        serveNew(&slots, estimate: estimate, conditions.target)
        guard !conditions.target.isOverused, conditions.target.residualDelay < Self.raisingDelay else { return nil }
        return raise(&slots, estimate: estimate, ceiling: ceiling, conditions, now: now)
    }

    private static func sum(_ slots: [SlotAllocation]) -> Int64 { slots.reduce(0) { $0 + $1.given } }

    /// What needs no decision: slots that are hidden or have no source, and steps that are gone.
    private func settle(_ slots: inout [SlotAllocation]) {
        for index in slots.indices {
            if slots[index].isHidden {
                slots[index].choice = .paused(.hidden)
            } else if slots[index].steps == 0 {
                slots[index].choice = .paused(.publisher)
            } else if case .step(let step) = slots[index].choice, step >= slots[index].steps {
                slots[index].choice = .step(slots[index].steps - 1)
            }
        }
    }

    /// Shares anew; no slot gets more than it had.
    private func lower(_ slots: inout [SlotAllocation], to estimate: Int64, _ target: PathTarget, now: MonotonicInstant)
    {
        // Take steps back from whoever needs them least, and pause the last in order.
        while Self.sum(slots) > max(estimate, 0), let index = leastInNeed(slots) {
            guard case .step(let step) = slots[index].choice else { return }
            if step == 0, slots.count(where: \.isServed) == 1, mayExceed(slots[index].given, estimate, target) {
                return
            }
            slots[index].choice = step == 0 ? .paused(.bandwidth) : .step(step - 1)
            slots[index].backoff.noteDowngrade(isPaused: step == 0, now: now)
        }
    }

    /// The slot with a step above its smallest that would miss least without it; else the last in order that is served.
    private func leastInNeed(_ slots: [SlotAllocation]) -> Int? {
        var found: Int?
        var least = Double.infinity
        for index in slots.indices {
            guard case .step(let step) = slots[index].choice, step > 0 else { continue }
            var without = slots[index]
            without.choice = .step(step - 1)
            if without.need <= least { (found, least) = (index, without.need) }
        }
        if let found { return found }
        for index in slots.indices where slots[index].isServed {
            if let last = found, slots[last].priority < slots[index].priority { continue }
            found = index
        }
        return found
    }

    /// Gives slots that were hidden or had no source their smallest step where it fits, else a pause; never leaves all black
    /// while one fits.
    private func serveNew(_ slots: inout [SlotAllocation], estimate: Int64, _ target: PathTarget) {
        while let index = firstUnserved(slots) {
            let sum = Self.sum(slots) + slots[index].cost(0)
            let isAlone = !slots.contains(where: \.isServed)
            let fits = sum <= estimate || (isAlone && mayExceed(slots[index].cost(0), estimate, target))
            slots[index].choice = fits ? .step(0) : .paused(.bandwidth)
        }
        guard !slots.contains(where: \.isServed) else { return }
        // All are paused for bandwidth: whichever smallest step fits is better than none.
        var found: Int?
        for index in slots.indices where slots[index].next == 0 && mayExceed(slots[index].cost(0), estimate, target) {
            if let best = found, slots[best].priority >= slots[index].priority { continue }
            found = index
        }
        if let found { slots[found].choice = .step(0) }
    }

    private func firstUnserved(_ slots: [SlotAllocation]) -> Int? {
        var found: Int?
        for index in slots.indices where slots[index].steps > 0 && !slots[index].isHidden {
            switch slots[index].choice {
            case .paused(.hidden), .paused(.publisher):
                if let best = found, slots[best].priority >= slots[index].priority { continue }
                found = index
            case .step, .paused(.bandwidth): continue
            }
        }
        return found
    }

    private func mayExceed(_ cost: Int64, _ estimate: Int64, _ target: PathTarget) -> Bool {
        cost <= estimate
            || (Double(cost) <= Self.excess * Double(estimate) && target.loss < Self.excessLoss
                && target.residualDelay < Self.excessDelay)
    }

    /// Raises by one step after another while there is room, and as many as can send their keyframes at a time.
    private mutating func raise(
        _ slots: inout [SlotAllocation], estimate: Int64, ceiling: Int64, _ conditions: Conditions,
        now: MonotonicInstant
    ) -> Bitrate? {
        if let shown, now - shown.at > Self.probeValidity { self.shown = nil }
        let probed = (shown?.rate ?? 0) - conditions.audio.bitsPerSecond
        let pacing = conditions.target.pacing.bitsPerSecond - conditions.audio.bitsPerSecond
        let before = slots
        let blockedUntil = keyframesUntil
        while let index = mostInNeed(slots, now: now), let next = slots[index].next {
            let sum = Self.sum(slots)
            let step = slots[index].cost(next) - slots[index].given
            // The ceiling of what was acknowledged allows one step at a time.
            let isAllowed = sum <= ceiling
            let isProbed = probed >= sum + step
            if Double(estimate) < Self.raising * Double(sum + step), !isProbed {
                roomSince = nil
                let needed = Double(sum + conditions.audio.bitsPerSecond) + Self.probeFactor * Double(step)
                return Bitrate(bitsPerSecond: Int64(needed))
            }
            let since = roomSince ?? now
            roomSince = since
            guard isAllowed, isProbed || now - since >= Self.patience else { return nil }
            if let blockedUntil, now < blockedUntil {
                nextRaise = blockedUntil
                return nil
            }
            let choice = slots[index].choice
            slots[index].choice = .step(next)
            let time = Self.keyframeTime(of: slots, before: before, pacing: pacing)
            guard time <= Self.keyframeTime || Self.raised(slots, before: before) == 1 else {
                slots[index].choice = choice
                nextRaise = keyframesUntil
                return nil
            }
            keyframesUntil = now + min(time, Self.longestWait)
            slots[index].backoff.noteUpgrade(now: now)
        }
        return nil
    }

    /// How many slots have another step than before.
    private static func raised(_ slots: [SlotAllocation], before: [SlotAllocation]) -> Int {
        slots.indices.count { slots[$0].choice != before[$0].choice }
    }

    /// How long the keyframes of the slots that have another step than before take, at what the pacer leaves beside all slots.
    private static func keyframeTime(of slots: [SlotAllocation], before: [SlotAllocation], pacing: Int64) -> Duration {
        var bits: Int64 = 0
        for index in slots.indices where slots[index].choice != before[index].choice {
            if case .step(let step) = slots[index].choice { bits += slots[index].keyframe(step) }
        }
        guard bits > 0 else { return .zero }
        let spare = max(pacing - sum(slots), 1_000)
        return .milliseconds(min(bits * 1_000 / spare, 10_000))
    }

    private func mostInNeed(_ slots: [SlotAllocation], now: MonotonicInstant) -> Int? {
        var found: Int?
        var most = 0.0
        // No second step for one before all have their first.
        let isAnyPaused = slots.contains { !$0.isServed && $0.next == 0 && $0.backoff.mayUpgrade(now: now) }
        for index in slots.indices where slots[index].next != nil && slots[index].backoff.mayUpgrade(now: now) {
            if isAnyPaused, slots[index].isServed { continue }
            if slots[index].need > most { (found, most) = (index, slots[index].need) }
        }
        return found
    }
}
