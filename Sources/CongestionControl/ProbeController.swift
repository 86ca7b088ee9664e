import Primitives

/// Decides when to probe, and at which rate.
package struct ProbeController: Sendable {
    /// The first clusters, by the start rate.
    package static let startFactors = (3.0, 6.0)
    /// A result above this part of its cluster's rate asks for the next cluster, at twice the result.
    package static let furtherShare = 0.7
    package static let furtherFactor = 2.0
    /// How long a result is awaited.
    package static let patience = Duration.seconds(1)
    /// The time between clusters while less is sent than the estimate allows.
    package static let limitedInterval = Duration.seconds(5)
    /// A fall below this part is probed again at the second part of the rate before, within 5 s.
    package static let drop = 0.8
    package static let recovery = 0.9
    package static let recoveryInterval = Duration.seconds(5)
    /// Clusters while loss recovers are at most this multiple of the estimate.
    package static let lossFactor = 1.5
    /// The first wait after a probe or a fall where more is wanted than the estimate; it doubles up to 24 s.
    package static let firstStagnation = Duration.seconds(1)
    package static let longestStagnation = Duration.seconds(24)
    /// Frames that arrive faster than at the last probe by this factor ask for the next, this long after it at the earliest.
    package static let trainRise = 1.2
    package static let trainInterval = Duration.milliseconds(500)
    /// No cluster is faster than this multiple of what the slots could use.
    package static let maximumFactor = 2.0

    /// What the estimator knows when it asks for a probe.
    package struct Conditions: Sendable {
        /// In bits per second.
        package var estimate: Double
        /// What all slots could use, in bits per second; 0 where unknown.
        package var wanted: Double
        package var usage: OveruseDetector.Usage
        package var loss: LossBasedEstimate.State
        package var limit: ApplicationLimit
        /// What frames show.
        package var trains: PacketTrains
        /// Whether feedback is missing.
        package var isBackingOff: Bool
    }

    private var nextID: UInt8 = 1
    /// Rates in bits per second that wait to be sent.
    private var waiting: (Double?, Double?) = (nil, nil)
    /// The last cluster, while its result is awaited, and whether a good one asks for more.
    private var awaited: (rate: Double, at: MonotonicInstant)?
    private var lastProbe: MonotonicInstant?
    private var lastRecovery: MonotonicInstant?
    private var dropped: (from: Double, at: MonotonicInstant)?
    private var stagnation = firstStagnation
    private var lastFall: MonotonicInstant?
    private var trainAtProbe: Double?
    private var lastWanted = 0.0

    package init(start: Double) { waiting = (start * Self.startFactors.0, start * Self.startFactors.1) }

    /// Whether a cluster waits, or one after a fall may be due, whatever the slots could use.
    var isAsked: Bool { waiting.0 != nil || dropped != nil }

    /// Probes for a rate, such as that of a layer which is about to be chosen, as soon as it may.
    package mutating func ask(for rate: Double) { waiting = (rate, waiting.0.map { $0 > rate ? $0 : nil } ?? nil) }

    /// Begins again as at the start, after feedback was missing.
    package mutating func restart(from rate: Double) {
        waiting = (rate, 2 * rate)
        awaited = nil
        stagnation = Self.firstStagnation
    }

    /// Takes note of what the slots could use.
    package mutating func wants(_ wanted: Double, estimate: Double) {
        defer { lastWanted = wanted }
        guard wanted > 1.1 * lastWanted, wanted > estimate, lastWanted > 0 else { return }
        let bound = 2 * estimate
        waiting = (min(wanted, bound), 2 * wanted <= bound ? 2 * wanted : nil)
    }

    /// Takes note of a fall of the estimate.
    package mutating func fell(from before: Double, to rate: Double, now: MonotonicInstant) {
        if rate < Self.drop * before, dropped.map({ now - $0.at > Self.recoveryInterval || before > $0.from }) ?? true {
            dropped = (before, now)
        }
        lastFall = now
        waiting = (nil, nil)
        awaited = nil
    }

    /// Takes a cluster's result.
    package mutating func noteResult(_ rate: Double, now: MonotonicInstant) {
        guard let awaited, now - awaited.at <= Self.patience, rate > Self.furtherShare * awaited.rate else { return }
        self.awaited = nil
        waiting = (Self.furtherFactor * rate, nil)
    }

    /// The cluster to send now; `nil` for none.
    package mutating func next(_ conditions: Conditions, now: MonotonicInstant) -> ProbeCluster? {
        guard conditions.usage == .normal, conditions.loss != .decreasing, !conditions.isBackingOff else { return nil }
        if let awaited, now - awaited.at > Self.patience { self.awaited = nil }
        if waiting.0 == nil { waiting.0 = periodic(conditions, now: now) }
        guard var rate = waiting.0 else { return nil }
        waiting = (waiting.1, nil)
        if conditions.wanted > 0 { rate = min(rate, Self.maximumFactor * conditions.wanted) }
        if conditions.loss == .increasing { rate = min(rate, Self.lossFactor * conditions.estimate) }
        guard rate > conditions.estimate else { return nil }
        awaited = (rate, now)
        lastProbe = now
        trainAtProbe = conditions.trains.rate
        defer { nextID = nextID == 31 ? 1 : nextID &+ 1 }
        return ProbeCluster(id: nextID, rate: Bitrate(bitsPerSecond: Int64(min(rate, 1e9))), askedAt: now)
    }

    /// Rates that time and conditions ask for.
    private mutating func periodic(_ conditions: Conditions, now: MonotonicInstant) -> Double? {
        if let dropped, now - dropped.at <= Self.recoveryInterval,
            lastRecovery.map({ now - $0 >= Self.recoveryInterval }) ?? true
        {
            lastRecovery = now
            self.dropped = nil
            return min(Self.recovery * dropped.from, 2 * conditions.estimate)
        }
        let isUnmet = conditions.wanted == 0 || conditions.wanted > conditions.estimate
        guard isUnmet else {
            return nil
        }
        if conditions.limit.isLimited {
            guard lastProbe.map({ now - $0 >= Self.limitedInterval }) ?? true else { return nil }
            return 2 * conditions.estimate
        }
        let since = max(lastProbe ?? .zero, lastFall ?? .zero)
        if let train = conditions.trains.rate, train > Self.trainRise * conditions.estimate,
            train > Self.trainRise * (trainAtProbe ?? train), now - since > Self.trainInterval
        {
            stagnation = Self.firstStagnation
            return min(2 * conditions.estimate, train)
        }
        guard now - since >= stagnation else { return nil }
        stagnation = min(stagnation * 2, Self.longestStagnation)
        return 2 * conditions.estimate
    }
}
