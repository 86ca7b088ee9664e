import Primitives

/// From packet arrivals to the path's use: groups, the delay above the path's base and our own bursts, its trend, the detector.
package struct DelaySignal: Sendable {
    /// The weight of a group in the smoothed residual delay.
    private static let weight = 0.3
    /// Residual delay in milliseconds below which a trend is no overuse: jitter and the bursts of others.
    package static let leastOveruse = 15.0
    /// Residual delay in milliseconds above which any rise is overuse, however slow.
    package static let level = 35.0

    package private(set) var detector = OveruseDetector()
    package private(set) var trend = 0.0
    /// Delay that our own bursts do not explain, smoothed, in milliseconds.
    package private(set) var residual = 0.0
    package private(set) var trains = PacketTrains()
    package private(set) var standing = StandingQueue()
    private var groups = ArrivalGroups()
    private var selfQueue = SelfQueue()
    private var leastDelay = LeastDelay()
    private var trendline = TrendlineEstimator()
    private var lastGroup: MonotonicInstant?
    private var firstArrival: MonotonicInstant?
    /// Whether own bursts are taken out; only a comparison does not.
    private let removesSelfQueue: Bool

    package init(removesSelfQueue: Bool) { self.removesSelfQueue = removesSelfQueue }

    package mutating func noteLoss(now: MonotonicInstant) { standing.noteLoss(now: now) }

    /// How the path is used, as of the last group.
    package private(set) var usage = OveruseDetector.Usage.normal

    private mutating func judge() {
        usage =
            switch detector.usage {
            case _ where standing.isCompeting: .normal
            case .overuse: residual < Self.leastOveruse && removesSelfQueue ? .normal : .overuse
            case .normal: residual > Self.level && trend > 0 && removesSelfQueue ? .overuse : .normal
            case .underuse: .underuse
            }
    }

    /// Takes a packet, in the order of arrival.
    ///
    /// - Parameter estimate: of the path, in bits per second.
    package mutating func add(
        _ result: PacketResult, arrival: MonotonicInstant, estimate: Double, now: MonotonicInstant
    ) {
        let explained = selfQueue.add(octets: result.octets, sentAt: result.sentAt, estimate: estimate)
        leastDelay.note(
            milliseconds: Double(arrival.nanoseconds &- result.sentAt.nanoseconds) / 1e6, now: result.sentAt)
        switch groups.add(sentAt: result.sentAt, arrival: arrival, octets: result.octets, selfQueue: explained) {
        case .joined: return
        case .reset:
            trendline = TrendlineEstimator()
            leastDelay = LeastDelay()
            lastGroup = nil
        case .completed(let group): complete(group, now: now)
        }
    }

    /// Takes packets that left together with the one before.
    ///
    /// - Returns: `false`, with nothing changed, where they belong to another group than that one.
    mutating func add(_ burst: PacketBurst, estimate: Double) -> Bool {
        guard groups.joins(burst) else { return false }
        groups.add(burst, selfQueue: selfQueue.addMore(octets: burst.octets, sentAt: burst.sentAt, estimate: estimate))
        return true
    }

    private mutating func complete(_ group: ArrivalGroups.Group, now: MonotonicInstant) {
        trains.add(group)
        let above = group.delay - leastDelay.value
        let unexplained = max(0, above - group.selfQueue)
        residual += Self.weight * (unexplained - residual)
        standing.note(residual: residual, now: now)
        let origin = firstArrival ?? group.lastArrival
        firstArrival = origin
        let time = Double(group.lastArrival.nanoseconds &- origin.nanoseconds) / 1e6
        let elapsed = lastGroup.map { Double(group.lastSentAt.nanoseconds &- $0.nanoseconds) / 1e6 } ?? 0
        lastGroup = group.lastSentAt
        if let trend = trendline.add(delay: removesSelfQueue ? unexplained : above, arrival: time) {
            self.trend = trend
            _ = detector.update(trend: trend, elapsed: elapsed)
        }
        judge()
    }
}
