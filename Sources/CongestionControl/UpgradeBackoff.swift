import Primitives

/// How long a slot waits for its next upgrade after a downgrade: twice as long each time an upgrade did not hold.
package struct UpgradeBackoff: Equatable, Sendable {
    /// After a step down: the first wait and the longest.
    package static let waits = Duration.seconds(4)...Duration.seconds(32)
    /// After a pause. A viewer who sees nothing waits for less.
    package static let waitsOfPaused = Duration.seconds(1)...Duration.seconds(4)
    /// An upgrade that is taken back within this time did not hold.
    package static let trial = Duration.seconds(10)

    /// Upgrades in a row that did not hold.
    private var failures = 0
    private var upgradedAt: MonotonicInstant?
    private var notBefore: MonotonicInstant?

    package init() {}

    package func mayUpgrade(now: MonotonicInstant) -> Bool { notBefore.map { now >= $0 } ?? true }

    package mutating func noteUpgrade(now: MonotonicInstant) { upgradedAt = now }

    package mutating func noteDowngrade(isPaused: Bool, now: MonotonicInstant) {
        if let upgradedAt {
            failures = now - upgradedAt < Self.trial ? min(failures + 1, 3) : 0
        }
        let waits = isPaused ? Self.waitsOfPaused : Self.waits
        notBefore = now + min(waits.lowerBound * (1 << failures), waits.upperBound)
        upgradedAt = nil
    }
}
