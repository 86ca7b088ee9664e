import Primitives

/// How long a slot waits for its next upgrade: 4 s after a downgrade, twice as long each time an upgrade did not hold.
package struct UpgradeBackoff: Equatable, Sendable {
    package static let first = Duration.seconds(4)
    package static let longest = Duration.seconds(32)
    /// An upgrade that is taken back within this time did not hold.
    package static let trial = Duration.seconds(10)

    private var wait = first
    private var upgradedAt: MonotonicInstant?
    private var notBefore: MonotonicInstant?

    package init() {}

    package func mayUpgrade(now: MonotonicInstant) -> Bool { notBefore.map { now >= $0 } ?? true }

    package mutating func noteUpgrade(now: MonotonicInstant) { upgradedAt = now }

    package mutating func noteDowngrade(now: MonotonicInstant) {
        let didHold = upgradedAt.map { now - $0 >= Self.trial } ?? true
        if didHold { wait = Self.first }
        notBefore = now + wait
        if !didHold { wait = min(wait * 2, Self.longest) }
        upgradedAt = nil
    }
}
