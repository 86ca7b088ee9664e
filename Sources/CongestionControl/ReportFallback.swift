import Primitives

/// The estimate for peers without transport-wide feedback: REMB as a cap, and the loss of receiver reports.
package struct ReportFallback: Sendable {
    /// The rate rises below the first loss, and falls above the second.
    package static let lowLoss = 0.02
    package static let highLoss = 0.10
    /// Of the least rate of the last second.
    package static let rise = 1.08
    package static let riseOffset = 1_000.0
    /// The rate falls once in this time and a round trip.
    package static let fallInterval = Duration.milliseconds(300)
    /// A report says something for this long.
    package static let validity = Duration.seconds(6)
    /// A REMB says something for this long.
    package static let capValidity = Duration.seconds(10)

    /// In bits per second.
    package private(set) var estimate: Double
    private var cap: (rate: Double, at: MonotonicInstant)?
    private var lastReport: MonotonicInstant?
    private var lastFall: MonotonicInstant?
    private var leastOfSecond: (rate: Double, at: MonotonicInstant)?

    package init(start: Double) { estimate = start }

    /// Takes a REMB. It only lowers: an enormous one means no more than none.
    package mutating func remb(_ rate: Bitrate, now: MonotonicInstant) {
        cap = (Double(max(rate.bitsPerSecond, 0)), now)
    }

    /// The cap of a REMB, in bits per second; infinite without one.
    package func cap(at now: MonotonicInstant) -> Double {
        guard let cap, now - cap.at <= Self.capValidity else { return .infinity }
        return cap.rate
    }

    /// Takes the loss since the last receiver report, 0 to 1.
    ///
    /// - Parameters:
    ///   - upstreamLoss: the part that the publisher lost before us. Gaps are passed on, so a receiver counts them as well;
    ///     without this one bad uplink would lower all viewers.
    ///   - sending: what is sent, in bits per second: the rate rises to no more than half as much again.
    package mutating func report(
        loss: Double, upstreamLoss: Double, sending: Double?, roundTrip: Duration, now: MonotonicInstant
    ) {
        let own = max(0, min(loss, 1) - max(upstreamLoss, 0))
        if let least = leastOfSecond, now - least.at < .seconds(1) {
            leastOfSecond?.rate = min(least.rate, estimate)
        } else {
            leastOfSecond = (estimate, now)
        }
        if let lastReport, now - lastReport > Self.validity { lastFall = nil }
        lastReport = now
        if own <= Self.lowLoss {
            let risen = (leastOfSecond?.rate ?? estimate) * Self.rise + Self.riseOffset
            estimate = max(estimate, min(risen, (sending ?? risen) * 1.5 + 10_000))
        } else if own > Self.highLoss, lastFall.map({ now - $0 >= Self.fallInterval + roundTrip }) ?? true {
            lastFall = now
            estimate *= 1 - own / 2
        }
    }
}
