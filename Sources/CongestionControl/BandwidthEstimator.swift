import Primitives

/// What a path carries, from transport-wide feedback: by delay, by loss, by probes, whichever is least.
///
/// One per viewer: plain values and fixed rings, less than 4 KiB, no allocation after `init`. The surface, as `PathEstimator`:
///
/// - `sent(octets:packets:now:)` after each message or run that leaves to the viewer, padding and probes included.
/// - `feedback(_:now:)` with the results of a feedback, collected in the worker's one `FeedbackBatch`: the closure of
///   `SendHistory.note` adds 28 octets (48 for IPv6) to each outcome and appends it.
/// - `receiverReport`, `remb` where the viewer sends those instead.
/// - `allocated(_:)` when what the slots could use changes.
/// - `timeout(now:)` at `nextTimeout`, else each 100 ms; `nextProbe(now:)` after it and after feedback: the cluster is sent
///   at its rate, paced, with its `id` noted in the send history.
/// - `target(now:)` is what the allocator and the pacer follow.
/// - `askForProbe(_:)` before a layer is raised, `falselyAcknowledged()` for a number that was left out.
package struct BandwidthEstimator: PathEstimator {
    package let settings: EstimatorSettings
    /// The bounds of the estimate, in bits per second.
    private let least: Double
    private let most: Double

    /// For the trace and the tests.
    package private(set) var delay: DelaySignal
    package private(set) var rateControl: RateControl

    // Rates and loss
    private var acknowledged = AcknowledgedRate()
    package private(set) var lossEstimate = LossBasedEstimate()
    private var pendingLosses = PendingLosses()
    private var fallback: ReportFallback
    package private(set) var roundTrip = Duration.milliseconds(100)
    private var hasFeedback = false
    private var hasReports = false
    private var firstFeedback: MonotonicInstant?
    private var lastSentAt = MonotonicInstant.zero

    // Probes and limits
    package private(set) var applicationLimit = ApplicationLimit()
    private var probes: ProbeController
    private var probeResults = ProbeResult()
    private var residualAtProbe = 0.0
    private var silence = FeedbackTimeout()
    private var isSilent = false
    private var trust = FeedbackTrust()
    private var wanted = 0.0

    package init(_ settings: EstimatorSettings = EstimatorSettings()) {
        self.settings = settings
        let start = Double(settings.start.bitsPerSecond)
        least = Double(settings.least.bitsPerSecond)
        most = Double(settings.most.bitsPerSecond)
        delay = DelaySignal(removesSelfQueue: settings.removesSelfQueue)
        rateControl = RateControl(start: start)
        fallback = ReportFallback(start: start)
        probes = ProbeController(start: start)
    }

    /// Acknowledged over a second, in bits per second.
    package var acknowledgedRate: Double? { acknowledged.rate }

    /// Whether the peer's arrival times are believed.
    package var isClockTrusted: Bool { trust.isClockTrusted }

    /// What is estimated by all that is known, in bits per second, and what limits it.
    ///
    /// Mutating only so that nothing is copied: a method that does not mutate would be given a copy of all rings.
    private mutating func estimate(at now: MonotonicInstant) -> (rate: Double, limit: PathTarget.Limit) {
        var rate = hasFeedback || !hasReports ? rateControl.estimate : fallback.estimate
        var limit: PathTarget.Limit = hasFeedback ? .delay : hasReports ? .reports : .start
        if isSilent { limit = .silence }
        if hasFeedback, lossEstimate.state != .delay, lossEstimate.estimate < rate {
            (rate, limit) = (lossEstimate.estimate, .loss)
        }
        let cap = fallback.cap(at: now)
        if cap < rate { (rate, limit) = (cap, .remb) }
        if wanted > 0, wanted * Self.demandFactor < rate { (rate, limit) = (wanted * Self.demandFactor, .demand) }
        if trust.isOptimistic { (rate, limit) = (least, .trust) }
        return (min(max(rate, least), most), limit)
    }

    /// `FeedbackTrust.grace` in nanoseconds.
    private static let grace = FeedbackTrust.grace.wholeNanoseconds
    /// The estimate goes no further than this multiple of what all slots could use.
    package static let demandFactor = 1.3

    package func target(now: MonotonicInstant) -> PathTarget {
        var copy = self
        return copy.currentTarget(now: now)
    }

    /// As `target`, and changes nothing either, but copies nothing: for what is called with each feedback.
    package mutating func currentTarget(now: MonotonicInstant) -> PathTarget {
        let (rate, limit) = estimate(at: now)
        let isDraining = delay.residual > PacingBudget.drainDelay && !delay.standing.isCompeting
        let factor = isDraining ? PacingBudget.drainFactor : PacingBudget.factor
        let pacing = rate * (hasFeedback ? factor : PacingBudget.startFactor)
        var ceiling: Bitrate?
        if let firstFeedback, now.nanoseconds &- firstFeedback.nanoseconds > Self.grace,
            let proven = acknowledged.longRate
        {
            ceiling = Bitrate(bitsPerSecond: Int64(proven * FeedbackTrust.sendingFactor))
        }
        return PathTarget(
            estimate: Bitrate(bitsPerSecond: Int64(rate)), limit: limit, pacing: Bitrate(bitsPerSecond: Int64(pacing)),
            ceiling: ceiling, isOverused: usage == .overuse, residualDelay: delay.residual,
            loss: lossEstimate.meanLoss)
    }

    package mutating func sent(octets: Int, packets: Int, now: MonotonicInstant) {
        applicationLimit.note(octets: octets, estimate: estimate(at: now).rate, now: now)
        silence.sent(packets: packets, now: now)
    }

    package mutating func remb(_ rate: Bitrate, now: MonotonicInstant) { fallback.remb(rate, now: now) }

    package mutating func receiverReport(
        loss: Double, upstreamLoss: Double, roundTrip: Duration, now: MonotonicInstant
    ) {
        guard !hasFeedback else { return }
        self.roundTrip = roundTrip
        hasReports = true
        fallback.report(loss: loss, upstreamLoss: upstreamLoss, sending: nil, roundTrip: roundTrip, now: now)
    }

    package mutating func allocated(_ wanted: Bitrate) {
        self.wanted = Double(max(wanted.bitsPerSecond, 0))
        probes.wants(self.wanted, estimate: rateControl.estimate)
    }

    /// Probes for a rate, such as the sum with the next layer, as soon as conditions allow.
    package mutating func askForProbe(_ rate: Bitrate) { probes.ask(for: Double(rate.bitsPerSecond)) }

    /// The peer acknowledged a number that was left out when sending.
    package mutating func falselyAcknowledged() { trust.noteFalseAcknowledgement() }

    package var nextTimeout: MonotonicInstant? { silence.deadline }

    package mutating func timeout(now: MonotonicInstant) {
        let (rate, _) = estimate(at: now)
        applicationLimit.note(octets: 0, estimate: rate, now: now)
        isSilent = silence.isSilent(roundTrip: roundTrip, now: now)
        if let lowered = silence.lower(rate, now: now) {
            rateControl.set(max(lowered, Double(settings.least.bitsPerSecond)), now: now)
        }
        takeLosses(now: now)
    }

    /// Whether `nextProbe` might give a cluster: a few comparisons, for who would have to look first what to send in it.
    ///
    /// - Parameter target: as of now.
    package mutating func mayProbe(_ target: PathTarget) -> Bool {
        isProbingAllowed
            && (probes.isAsked || wanted == 0 || wanted > Double(target.estimate.bitsPerSecond))
    }

    private var isProbingAllowed: Bool {
        // No burst into a queue that stands, unless another keeps it.
        settings.probes && !trust.isOptimistic
            && (delay.residual <= RateControl.holdResidual || delay.standing.isCompeting)
    }

    package mutating func nextProbe(now: MonotonicInstant) -> ProbeCluster? {
        guard isProbingAllowed else { return nil }
        let conditions = ProbeController.Conditions(
            estimate: estimate(at: now).rate, wanted: wanted, usage: usage, loss: lossEstimate.state,
            limit: applicationLimit, trains: delay.trains, isBackingOff: isSilent)
        guard let cluster = probes.next(conditions, now: now) else { return nil }
        probeResults.begin(cluster)
        residualAtProbe = delay.residual
        return cluster
    }

    package mutating func feedback(_ batch: FeedbackBatch, now: MonotonicInstant) {
        guard trust.admits(now: now) else { return }
        let before = silence.feedback(now: now)
        isSilent = false
        if firstFeedback == nil { firstFeedback = now }
        let seen = take(batch, now: now)
        guard let lastArrival = batch.lastArrival else { return }
        hasFeedback = true
        trust.note(arrival: lastArrival, now: now)
        acknowledged.refresh()
        if let before { comeBack(to: before, now: now) }
        takeLosses(now: now)
        follow(probed: seen.probed, hasObservation: seen.hasObservation, now: now)
    }

    /// After a silence: what was estimated before it, but no more than twice what is acknowledged.
    private mutating func comeBack(to before: Double, now: MonotonicInstant) {
        let proven = (acknowledged.rate ?? rateControl.estimate) * FeedbackTimeout.returnFactor
        let rate = max(min(before, proven), rateControl.estimate)
        rateControl.forgetCapacity()
        rateControl.set(rate, now: now)
        probes.restart(from: before)
    }

    private struct Seen {
        var probed: ProbeResult.Shown?
        var hasObservation = false
    }

    /// Goes through the results of a feedback.
    private mutating func take(_ batch: FeedbackBatch, now: MonotonicInstant) -> Seen {
        var seen = Seen()
        var shortest: Int64 = .max
        let rate = estimate(at: now).rate
        let lastArrival = batch.lastArrival?.nanoseconds ?? 0
        let count = batch.count
        var place = 0
        while place < count {
            let result = unsafe batch.results[place]
            place &+= 1
            guard let arrival = result.arrival else {
                let lost = pendingLosses.add(sequence: result.sequence, octets: result.octets, now: now)
                if lost > 0, lossEstimate.add(octets: lost, lost: lost, sentAt: lastSentAt) {
                    seen.hasObservation = true
                }
                continue
            }
            if !pendingLosses.isEmpty { pendingLosses.remove(sequence: result.sequence) }
            if result.sentAt.nanoseconds > lastSentAt.nanoseconds { lastSentAt = result.sentAt }
            acknowledged.add(octets: result.octets, sentAt: result.sentAt, arrival: arrival)
            if lossEstimate.add(octets: result.octets, lost: 0, sentAt: result.sentAt) { seen.hasObservation = true }
            if let probed = probeResults.add(result) { seen.probed = probed }
            let waited = lastArrival &- arrival.nanoseconds
            shortest = min(shortest, now.nanoseconds &- result.sentAt.nanoseconds &- waited)
            delay.add(result, arrival: arrival, estimate: rate, now: now)
            place = takeRest(of: result, arrival: arrival, from: place, in: batch, estimate: rate)
        }
        if shortest > 0, shortest < 10_000_000_000 { roundTrip = .nanoseconds(shortest) }
        return seen
    }

    /// Takes the packets that left in the same batch as the one before and arrived behind it: all that differs from packet to
    /// packet of a frame is the arrival, so most is done once for all of them, with the same outcome.
    ///
    /// - Returns: the place behind them.
    private mutating func takeRest(
        of first: PacketResult, arrival: MonotonicInstant, from start: Int, in batch: FeedbackBatch, estimate: Double
    ) -> Int {
        guard first.cluster == 0, pendingLosses.isEmpty else { return start }
        var place = start
        var rest = PacketBurst(sentAt: first.sentAt, lastArrival: arrival)
        let end = acknowledged.bucketEnd(of: arrival)
        while place < batch.count {
            let result = unsafe batch.results + place
            guard unsafe result.pointee.sentAt.nanoseconds == first.sentAt.nanoseconds,
                unsafe result.pointee.cluster == 0, let next = unsafe result.pointee.arrival,
                next.nanoseconds >= arrival.nanoseconds, next.nanoseconds < end
            else { break }
            unsafe rest.add(octets: result.pointee.octets, arrival: next)
            place &+= 1
        }
        guard rest.packets > 0, delay.add(rest, estimate: estimate) else { return start }
        acknowledged.add(rest)
        _ = lossEstimate.add(octets: rest.octets, lost: 0, sentAt: first.sentAt)
        probeResults.addOther(octets: rest.octets)
        return place
    }

    /// Counts the packets as lost that were reported so and have not come.
    private mutating func takeLosses(now: MonotonicInstant) {
        while let lost = pendingLosses.nextLost(now: now) {
            delay.noteLoss(now: now)
            _ = lossEstimate.add(octets: lost, lost: lost, sentAt: lastSentAt)
        }
    }

    /// How the path is used, as far as the peer's clock is believed.
    private var usage: OveruseDetector.Usage { trust.isClockTrusted ? delay.usage : .normal }

    /// Moves the estimates after a feedback.
    private mutating func follow(probed: ProbeResult.Shown?, hasObservation: Bool, now: MonotonicInstant) {
        let usage = self.usage
        let before = rateControl.estimate
        if let probed { take(bounded(probed, now: now), isOverused: usage == .overuse, now: now) }
        rateControl.update(
            RateControl.Input(
                usage: usage, acknowledged: acknowledged.rate, recent: acknowledged.recentRate,
                used: acknowledged.longRate, residual: delay.residual, roundTrip: roundTrip,
                isCompeting: delay.standing.isCompeting, loss: lossEstimate.meanLoss,
                isApplicationLimited: applicationLimit.isLimited), now: now)
        if rateControl.estimate < before { probes.fell(from: before, to: rateControl.estimate, now: now) }
        if hasObservation {
            lossEstimate.update(
                delayEstimate: rateControl.estimate, acknowledged: acknowledged.rate,
                isApplicationLimited: applicationLimit.isLimited, now: now)
        }
    }

    /// Takes what a probe has shown: down only during overuse, up only where it neither filled the queue nor lost.
    private mutating func take(_ probed: Double, isOverused: Bool, now: MonotonicInstant) {
        if isOverused {
            guard probed < rateControl.estimate else { return }
            return rateControl.set(probed, now: now)
        }
        let isHeld = lossEstimate.state != .delay
        let current = isHeld ? min(rateControl.estimate, lossEstimate.estimate) : rateControl.estimate
        guard probed > current, delay.residual - residualAtProbe <= Self.probeResidual,
            lossEstimate.meanLoss <= Self.probeLoss
        else { return }
        lossEstimate.raise(to: probed)
        if probed > rateControl.estimate {
            rateControl.set(min(probed, Double(settings.most.bitsPerSecond)), now: now)
        }
        probes.noteResult(probed, now: now)
    }

    /// A probe raises nothing where the queue grew by more than this, in milliseconds, or more was lost than this.
    package static let probeResidual = 30.0
    package static let probeLoss = 0.1
    /// Once the capacity is known, a probe raises the estimate to this multiple, the first where it filled the bottleneck: on
    /// a shared one it took from others. Further clusters follow at once where it helped.
    package static let saturatedRise = 1.05
    package static let probeRise = 1.2
    /// A probe may also bring back this part of the known capacity, or the second part of a rate of the last 5 s.
    package static let capacityShare = 0.6
    package static let recoveredShare = 0.9
    /// A cluster that arrives at this rate may always raise to it, in bits per second: else a paused viewer would climb slowly.
    package static let harmlessRate = 300_000.0
    package static let recoveryTime = Duration.seconds(5)

    private mutating func bounded(_ shown: ProbeResult.Shown, now: MonotonicInstant) -> Double {
        guard let capacity = rateControl.capacity.estimate else { return shown.rate }
        if shown.isSaturated {
            return min(shown.rate, max(Self.saturatedRise * rateControl.estimate, Self.capacityShare * capacity))
        }
        let before = rateControl.lastDecrease.map { now - $0.at < Self.recoveryTime ? $0.from : 0 } ?? 0
        return min(
            shown.rate, max(Self.probeRise * rateControl.estimate, Self.recoveredShare * before, Self.harmlessRate))
    }
}
