import Primitives

/// What was sent and lost in the last 15 stretches of at least 250 ms of sending: the data of `LossBasedEstimate`.
package struct LossObservations: Sendable {
    /// Observations kept.
    package static let window = 15
    /// The least time of sending that makes one.
    package static let duration = Duration.nanoseconds(nanoseconds)
    private static var nanoseconds: Int64 { 250_000_000 }
    /// So many observations with less loss than this show that the loss is over.
    package static let calmObservations = 4
    package static let calmLoss = 0.02
    /// The weight of each observation in that of the next.
    package static let ageing = 0.9

    /// One stretch.
    package struct Observation: Sendable {
        /// In kilo-octets.
        package var sent = 0.0
        package var lost = 0.0
        /// What was sent per second, in bits per second.
        package var sendingRate = 0.0
    }

    private var kept: InlineArray<15, Observation> = .init(repeating: Observation())
    private var made = 0
    /// Observations since which all are looked at.
    private var held = 0
    /// Of these, the ones with losses.
    private var lossy = 0
    private var open = Observation()
    private var openedAt: MonotonicInstant?
    private var lastSentAt = MonotonicInstant.zero

    package init() {}

    /// Observations to look at.
    package var count: Int { held }

    /// Whether nothing was lost in any of them.
    package var isLossless: Bool { lossy == 0 }

    /// An observation by age, 0 the newest.
    package func observation(_ age: Int) -> Observation {
        kept[(made &- 1 &- age) % Self.window]
    }

    /// Adds packets that arrived or were lost.
    ///
    /// - Returns: whether an observation is complete.
    package mutating func add(octets: Int, lost: Int, sentAt: MonotonicInstant) -> Bool {
        let began = openedAt ?? sentAt
        if openedAt == nil {
            openedAt = sentAt
            lastSentAt = sentAt
        }
        open.sent += Double(octets) / 1_000
        if lost != 0 { open.lost += Double(lost) / 1_000 }
        if sentAt.nanoseconds > lastSentAt.nanoseconds { lastSentAt = sentAt }
        guard lastSentAt.nanoseconds &- began.nanoseconds >= Self.nanoseconds, open.sent > 0 else { return false }
        open.sendingRate = open.sent * 8_000 / (lastSentAt - began).inSeconds
        kept[made % Self.window] = open
        made &+= 1
        held = min(held &+ 1, Self.window)
        forgetLossThatIsOver()
        countLossy()
        open = Observation()
        openedAt = lastSentAt
        return true
    }

    /// After a second without loss the older observations tell of another path.
    private mutating func forgetLossThatIsOver() {
        guard held > Self.calmObservations else { return }
        for age in 0..<Self.calmObservations {
            let seen = observation(age)
            if seen.lost >= Self.calmLoss * seen.sent { return }
        }
        held = Self.calmObservations
    }

    private mutating func countLossy() {
        lossy = 0
        for age in 0..<held where kept[(made &- 1 &- age) % Self.window].lost > 0 { lossy &+= 1 }
    }

    /// The mean loss without the best and the worst observation. The worst stays where it was sent at more than twice the
    /// median rate: there it shows what the path does at that rate.
    package var meanLoss: Double {
        guard !isLossless else { return 0 }
        var sent = 0.0
        var lost = 0.0
        var weight = 1.0
        var best: (age: Int, loss: Double)?
        var worst: (age: Int, loss: Double)?
        for age in 0..<count {
            let seen = observation(age)
            let loss = seen.lost / max(seen.sent, 0.001)
            if best.map({ loss < $0.loss }) ?? true { best = (age, loss) }
            if worst.map({ loss > $0.loss }) ?? true { worst = (age, loss) }
        }
        let keepsWorst = worst.map { observation($0.age).sendingRate > 2 * medianRate } ?? false
        for age in 0..<count {
            defer { weight *= Self.ageing }
            if count > 2, age == best?.age || (age == worst?.age && !keepsWorst) { continue }
            let seen = observation(age)
            sent += weight * seen.sent
            lost += weight * seen.lost
        }
        return sent > 0 ? lost / sent : 0
    }

    private var medianRate: Double {
        for age in 0..<count {
            let rate = observation(age).sendingRate
            var below = 0
            var same = 0
            for other in 0..<count {
                let compared = observation(other).sendingRate
                if compared < rate { below &+= 1 } else if compared == rate { same &+= 1 }
            }
            if below <= count / 2, below &+ same > count / 2 { return rate }
        }
        return 0
    }
}
