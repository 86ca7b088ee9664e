import Primitives

/// The estimate by loss: the rate that explains best, with an inherent loss of the path, what was sent and lost (libwebrtc's
/// loss-based estimate, version 2).
///
/// A path with random loss is not slowed down by it; a path that loses because its queue is full is.
package struct LossBasedEstimate: Sendable {
    /// What limits the rate.
    package enum State: Sendable {
        /// The estimate by delay is the smaller one.
        case delay
        /// Loss holds the rate down.
        case decreasing
        /// The rate rises again below the estimate by delay.
        case increasing
    }

    /// Candidates by the current rate.
    private static let factors = (1.02, 1.0, 0.95)
    private static let newtonStep = 0.75
    private static let startLoss = 0.01
    private static let leastLoss = 0.001
    private static let lossOffset = 0.05
    /// In bits per second: the inherent loss may be this much over the rate above the offset.
    private static let lossBalance = 100_000.0
    /// The bias towards large rates, per kbit/s and per its logarithm; it fades at a loss of 20 %.
    private static let bias = 0.000_2
    private static let logarithmicBias = 0.02
    private static let biasLoss = 0.2
    private static let biasFade = 0.002
    /// The step of the rise: x1.3 per 300 ms.
    package static let rise = 1.3
    package static let riseWindow = Duration.milliseconds(300)
    /// The rise ends at this multiple of the acknowledged rate; the lesser one while that is below 1.3 x the held rate.
    package static let riseLimit = 1.5
    package static let nearRiseLimit = 1.2
    package static let nearHeld = 1.3
    /// How long a decrease holds the rate at first, and at most. libwebrtc holds up to 60 s, which Wi-Fi bursts reach.
    package static let firstHold = Duration.milliseconds(300)
    package static let longestHold = Duration.seconds(5)
    /// A hold is over after this long below 2 % of loss.
    package static let calm = Duration.seconds(2)
    package static let calmLoss = 0.02
    /// Observations before the estimate is used.
    package static let minimumObservations = 3

    package private(set) var observations = LossObservations()
    package private(set) var state = State.delay
    /// In bits per second; infinite before there are enough observations.
    package private(set) var estimate = Double.infinity
    package private(set) var meanLoss = 0.0
    private var inherentLoss = startLoss
    private var hold = firstHold
    private var heldUntil: MonotonicInstant?
    private var heldRate = 0.0
    private var calmSince: MonotonicInstant?
    private var riseBegan: (at: MonotonicInstant, rate: Double)?

    package init() {}

    /// Adds packets that arrived or were lost.
    ///
    /// - Returns: whether an observation is complete and `update` has something to do.
    package mutating func add(octets: Int, lost: Int, sentAt: MonotonicInstant) -> Bool {
        observations.add(octets: octets, lost: lost, sentAt: sentAt)
    }

    /// Raises the rate to what a probe has shown.
    package mutating func raise(to rate: Double) {
        guard estimate.isFinite, rate > estimate, state != .delay else { return }
        estimate = rate
        riseBegan = nil
    }

    /// Looks for the best rate after an observation.
    ///
    /// - Parameters:
    ///   - delayEstimate: in bits per second.
    ///   - acknowledged: in bits per second.
    package mutating func update(
        delayEstimate: Double, acknowledged: Double?, isApplicationLimited: Bool, now: MonotonicInstant
    ) {
        meanLoss = observations.meanLoss
        guard observations.count >= Self.minimumObservations else { return }
        if noteCalm(now: now), state != .delay {
            // Who sends little proves nothing by it: the loss is over, and probes may tell.
            state = isApplicationLimited ? .delay : .increasing
            if isApplicationLimited { estimate = delayEstimate }
        }
        guard state != .delay || !observations.isLossless else {
            // All candidates lie at the estimate by delay or above it: the search below would end there.
            inherentLoss = Self.leastLoss
            hold = Self.firstHold
            heldUntil = nil
            riseBegan = nil
            estimate = delayEstimate
            return
        }
        let current = estimate.isFinite ? min(estimate, delayEstimate) : delayEstimate
        var best = (rate: current, loss: inherentLoss, score: -Double.infinity)
        func consider(_ rate: Double, in best: inout (rate: Double, loss: Double, score: Double)) {
            let loss = improvedLoss(for: rate)
            let score = score(rate: rate, inherentLoss: loss)
            if score > best.score { best = (rate, loss, score) }
        }
        consider(current * Self.factors.0, in: &best)
        consider(current * Self.factors.1, in: &best)
        consider(current * Self.factors.2, in: &best)
        if let acknowledged, !isApplicationLimited { consider(acknowledged, in: &best) }
        if delayEstimate > current { consider(delayEstimate, in: &best) }
        inherentLoss = best.loss
        settle(best.rate, current: current, delayEstimate: delayEstimate, acknowledged: acknowledged, now: now)
    }

    /// Ends the hold after a while with little loss.
    ///
    /// - Returns: whether it is over.
    private mutating func noteCalm(now: MonotonicInstant) -> Bool {
        guard meanLoss < Self.calmLoss else {
            calmSince = nil
            return false
        }
        let since = calmSince ?? now
        calmSince = since
        guard now - since >= Self.calm else { return false }
        heldUntil = nil
        hold = Self.firstHold
        return true
    }

    /// Bounds the best rate by what was acknowledged, held and lost.
    private mutating func settle(
        _ best: Double, current: Double, delayEstimate: Double, acknowledged: Double?, now: MonotonicInstant
    ) {
        var rate = best
        // More loss than the path has by itself: no time to rise.
        if meanLoss > inherentLoss, rate > current { rate = current }
        if state != .delay, rate > current {
            let began = riseBegan ?? (now, current)
            riseBegan = now - began.at >= Self.riseWindow ? (now, current) : began
            rate = min(rate, (riseBegan?.rate ?? current) * Self.rise)
            if let acknowledged {
                let isNear = acknowledged < Self.nearHeld * heldRate
                rate = min(rate, max(current, acknowledged * (isNear ? Self.nearRiseLimit : Self.riseLimit)))
            }
            if let heldUntil, now < heldUntil { rate = min(rate, max(heldRate, current)) }
        }
        if meanLoss > Self.lossOffset { rate = min(rate, Self.lossBalance / (meanLoss - Self.lossOffset)) }
        if let acknowledged, !(rate >= acknowledged) { rate = acknowledged }
        let bounded = min(rate, delayEstimate)
        if bounded < 0.999 * current, bounded < delayEstimate {
            state = .decreasing
            heldRate = bounded
            heldUntil = now + hold
            hold = min(hold * 2, Self.longestHold)
            riseBegan = nil
        } else if bounded >= delayEstimate {
            state = .delay
            hold = Self.firstHold
            heldUntil = nil
            riseBegan = nil
        } else if bounded > current {
            state = .increasing
        }
        estimate = bounded
    }

    /// One step of Newton's method on the inherent loss.
    private func improvedLoss(for rate: Double) -> Double {
        var first = 0.0
        var second = 0.0
        var weight = 1.0
        for age in 0..<observations.count {
            let seen = observations.observation(age)
            let loss = Self.loss(inherent: inherentLoss, rate: rate, sendingRate: seen.sendingRate)
            let kept = seen.sent - seen.lost
            first += weight * (seen.lost / loss - kept / (1 - loss))
            second -= weight * (seen.lost / (loss * loss) + kept / ((1 - loss) * (1 - loss)))
            weight *= LossObservations.ageing
        }
        let stepped = second < 0 ? inherentLoss - Self.newtonStep * first / second : inherentLoss
        return min(max(stepped, Self.leastLoss), max(Self.lossOffset + Self.lossBalance / max(rate, 1), Self.leastLoss))
    }

    private func score(rate: Double, inherentLoss: Double) -> Double {
        let kilobits = rate / 1_000
        let bias = biased(Self.bias) * kilobits + biased(Self.logarithmicBias) * Exponential.logarithm(1 + kilobits)
        var score = 0.0
        var weight = 1.0
        for age in 0..<observations.count {
            let seen = observations.observation(age)
            let loss = Self.loss(inherent: inherentLoss, rate: rate, sendingRate: seen.sendingRate)
            score +=
                weight
                * (seen.lost * Exponential.logarithm(loss) + (seen.sent - seen.lost) * Exponential.logarithm(1 - loss))
            score += weight * seen.sent * bias
            weight *= LossObservations.ageing
        }
        return score
    }

    private func biased(_ value: Double) -> Double {
        let room = Self.biasLoss - meanLoss
        return value * room / (Self.biasFade + abs(room))
    }

    /// The loss that is expected where `sendingRate` meets a path of `rate`.
    private static func loss(inherent: Double, rate: Double, sendingRate: Double) -> Double {
        var loss = min(max(inherent, 0), 1)
        if sendingRate > rate, sendingRate > 0 { loss += (1 - loss) * (sendingRate - rate) / sendingRate }
        return min(max(loss, 1e-6), 1 - 1e-6)
    }
}
