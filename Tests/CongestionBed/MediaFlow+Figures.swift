/// What is read from a run.
extension MediaFlow {
    package func samples(_ from: Double, _ to: Double) -> [FlowSample] {
        samples.filter { $0.at > from && $0.at <= to }
    }

    package func mean(_ value: (FlowSample) -> Double, _ from: Double, _ to: Double) -> Double {
        let chosen = samples(from, to)
        return chosen.reduce(0) { $0 + value($1) } / Double(max(chosen.count, 1))
    }

    /// Standard deviation over the mean, in percent.
    package func sigma(_ value: (FlowSample) -> Double, _ from: Double, _ to: Double) -> Double {
        let mean = mean(value, from, to)
        let variance = self.mean({ (value($0) - mean) * (value($0) - mean) }, from, to)
        return variance.squareRoot() / max(mean, 1e-9) * 100
    }

    /// Received over what the link carries and media can use (Mbit/s), in percent.
    package func utilisation(_ from: Double, _ to: Double, usable: Double = .infinity) -> Double {
        let chosen = samples(from, to)
        let got = chosen.reduce(0) { $0 + $1.received }
        let could = chosen.reduce(0) { $0 + min($1.capacity, usable) }
        return got / max(could, 1e-9) * 100
    }

    /// Seconds from `from` until a condition holds first; `patience` where it does not.
    package func time(from: Double, patience: Double = 99, until condition: (FlowSample) -> Bool) -> Double {
        samples.first { $0.at > from && condition($0) }.map { $0.at - from } ?? patience
    }

    /// Seconds from `from` until what was received over a second reaches a rate in Mbit/s.
    package func time(from: Double, untilReceiving rate: Double) -> Double {
        var at = from
        while at + 1 <= end {
            if mean(\.received, at, at + 1) >= rate { return at + 1 - from }
            at += 0.1
        }
        return 99
    }

    /// Seconds from `from` until the mean of half a second is within a part of `wanted`, and 99 where it never is.
    package func settling(from: Double, to: Double, wanted: Double, within part: Double) -> Double {
        var at = from
        while at + 0.5 <= to {
            if abs(mean(\.received, at, at + 0.5) - wanted) <= part * wanted { return at - from }
            at += 0.1
        }
        return 99
    }

    /// The longest time without a packet, in seconds.
    package func longestStall(_ from: Double, _ to: Double) -> Double {
        var longest = 0.0
        var current = 0.0
        for sample in samples(from, to) {
            current = sample.received > 0 ? 0 : current + 0.1
            longest = max(longest, current)
        }
        return longest
    }

    /// A percentile of the packets' waits, in milliseconds.
    package func queue(_ from: Double, _ to: Double, percentile: Double = 0.95) -> Double {
        let chosen = waits.filter { $0.at > from && $0.at <= to }.map(\.milliseconds).sorted()
        guard !chosen.isEmpty else { return 0 }
        return chosen[min(Int(Double(chosen.count) * percentile), chosen.count - 1)]
    }

    /// Lost packets, in percent.
    package var lossPercent: Double { Double(packetsLost) / Double(max(packetsSent, 1)) * 100 }
    package var audioLossPercent: Double { Double(audioLost) / Double(max(audioSent, 1)) * 100 }

    package func count(_ times: [Double], _ from: Double, _ to: Double) -> Double {
        Double(times.filter { $0 > from && $0 <= to }.count)
    }
}

/// Jain's fairness index.
package func fairness(_ rates: [Double]) -> Double {
    let sum = rates.reduce(0, +)
    let squares = rates.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / (Double(rates.count) * squares) : 0
}
