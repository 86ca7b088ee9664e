import Primitives

/// The rate that a publisher without transport-wide feedback is told it may send (REMB): a simple answer to loss.
///
/// Such publishers do not measure by themselves, so without a word they stay at their start rate, and with a careless
/// one they starve. The estimate rises while little is lost, up to what was shown to arrive and half as much again,
/// holds in between, and falls with the loss (as the loss-based controller of draft-ietf-rmcat-gcc-02 section 6).
package struct UplinkEstimate: Sendable {
    /// Told before anything was measured: enough for a good picture.
    package static let initial = Bitrate.kilobits(1_500)
    /// Bounds of what is told.
    package static let bounds = Bitrate.kilobits(200)...Bitrate.kilobits(6_000)
    /// Below this loss, in 1/256, the estimate rises: 2 %.
    private static let lowLoss: Int64 = 5
    /// Above this loss it falls: 10 %.
    private static let highLoss: Int64 = 26

    package private(set) var value = initial
    private var measuredSince: MonotonicInstant?
    private var octets: Int64 = 0

    package init() {}

    /// Notes octets that arrived from the publisher.
    package mutating func note(octets: Int) { self.octets &+= Int64(octets) }

    /// Follows what came since the last call, about once a second.
    ///
    /// - Parameter fractionLost: of the worst stream since the last call, in 1/256.
    package mutating func update(fractionLost: UInt8, now: MonotonicInstant) {
        defer {
            measuredSince = now
            octets = 0
        }
        guard let measuredSince, now > measuredSince else { return }
        let received = Double(octets) * 8 / (now - measuredSince).inSeconds
        let loss = Int64(fractionLost)
        var rate = Double(value.bitsPerSecond)
        if loss > Self.highLoss {
            // What arrived is what the path carries; the estimate need not fall far below it.
            rate = max(rate * (1 - Double(loss) / 512), received * 0.85)
            rate = min(rate, Double(value.bitsPerSecond))
        } else if loss < Self.lowLoss {
            rate = max(rate, min(rate * 1.08 + 10_000, received * 1.5))
        }
        let bounded = min(
            max(rate, Double(Self.bounds.lowerBound.bitsPerSecond)), Double(Self.bounds.upperBound.bitsPerSecond))
        value = Bitrate(bitsPerSecond: Int64(bounded))
    }
}
