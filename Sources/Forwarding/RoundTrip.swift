import Primitives

/// How long it takes to a peer and back, from measurements of any kind.
///
/// A shorter measurement is followed at once, because it cannot be the queue's doing; a longer one slowly. What a peer
/// claims is bounded, since it decides how often that peer may ask.
package struct RoundTrip: Sendable {
    /// Assumed before anything was measured.
    package static let initial = Duration.milliseconds(100)
    /// Measurements are taken within these bounds.
    package static let bounds = Duration.milliseconds(5)...Duration.seconds(1)
    /// A longer measurement is followed by this fraction of the difference.
    private static let followShift: Int64 = 3

    /// The estimate.
    package private(set) var value = initial
    /// Whether anything was measured yet.
    package private(set) var isMeasured = false

    package init() {}

    /// Notes a measurement.
    package mutating func note(_ measured: Duration) {
        let measured = min(max(measured, Self.bounds.lowerBound), Self.bounds.upperBound)
        if isMeasured, measured > value {
            let step = (measured - value).wholeNanoseconds &>> Self.followShift
            value += .nanoseconds(step)
        } else {
            value = measured
        }
        isMeasured = true
    }
}
