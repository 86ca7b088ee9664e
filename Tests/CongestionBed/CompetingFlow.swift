import Primitives

/// A TCP-like sender: slow start, congestion avoidance by Reno or CUBIC, selective acknowledgements, a retransmission timeout.
package final class CompetingFlow {
    package enum Algorithm: Sendable {
        case reno, cubic
    }

    static let segment = 1_500
    static let acknowledgement = 60

    let index: Int
    let route: [Int]
    let back: [Int]
    let extra: Duration
    let start: Double
    let end: Double
    let algorithm: Algorithm
    /// Octets of a download, and the mean time of silence after it, in seconds; `nil` for one without an end.
    let downloads: (octets: ClosedRange<Int>, idle: Double)?
    var generator: SeededGenerator

    var window = 10.0
    var threshold = Double.infinity
    var nextSegment: Int64 = 0
    var outstanding: [Int64: MonotonicInstant] = [:]
    var lost: Set<Int64> = []
    var recoverUntil: Int64 = -1
    var highestAcknowledged: Int64 = -1
    var smoothed = 0.1
    var deviation = 0.05
    var lastProgress = MonotonicInstant.zero
    var largestWindow = 0.0
    var reducedAt = MonotonicInstant.zero
    /// Segments left of the download.
    var left: Int64
    var idleUntil = MonotonicInstant.zero
    package internal(set) var octetsDelivered = 0

    init(
        index: Int, algorithm: Algorithm, downloads: (octets: ClosedRange<Int>, idle: Double)?, start: Double,
        end: Double, route: [Int], back: [Int], extra: Duration, seed: UInt64
    ) {
        self.index = index
        self.algorithm = algorithm
        self.downloads = downloads
        self.start = start
        self.end = end
        self.route = route
        self.back = back
        self.extra = extra
        generator = SeededGenerator(seed: seed)
        left = downloads == nil ? .max : 0
    }

    /// Segments to send now.
    func send(now: MonotonicInstant) -> [Int64] {
        guard now.inSeconds < end else { return [] }
        startDownload(now: now)
        var out: [Int64] = []
        while Double(outstanding.count) < window, left > 0 || !lost.isEmpty {
            if let again = lost.min() {
                lost.remove(again)
                outstanding[again] = now
                out.append(again)
            } else {
                outstanding[nextSegment] = now
                out.append(nextSegment)
                nextSegment += 1
                if left != .max { left -= 1 }
            }
        }
        return out
    }

    private func startDownload(now: MonotonicInstant) {
        guard let downloads, left == 0, outstanding.isEmpty, lost.isEmpty else { return }
        if idleUntil == .zero {
            let even = Double.random(in: 0.0001..<1, using: &generator)
            idleUntil = now + .nanoseconds(Int64(-logarithm(even) * downloads.idle * 1e9))
        }
        guard now >= idleUntil else { return }
        idleUntil = .zero
        left = Int64(Int.random(in: downloads.octets, using: &generator) / Self.segment + 1)
        window = 10
        threshold = .infinity
    }

    private func logarithm(_ value: Double) -> Double {
        // A series is enough for an idle time.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var sum = 0.0
        var term = ratio
        for index in 0..<20 {
            sum += term / Double(2 * index + 1)
            term *= ratio * ratio
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945
    }

    func acknowledge(_ segment: Int64, now: MonotonicInstant) {
        guard let sentAt = outstanding.removeValue(forKey: segment) else { return }
        octetsDelivered += Self.segment
        lastProgress = now
        let measured = (now - sentAt).inSeconds
        deviation += 0.25 * (abs(measured - smoothed) - deviation)
        smoothed += 0.125 * (measured - smoothed)
        highestAcknowledged = max(highestAcknowledged, segment)
        // What was sent three segments earlier and is not acknowledged is lost.
        for (number, at) in outstanding where number + 3 <= highestAcknowledged && at <= sentAt {
            outstanding.removeValue(forKey: number)
            lost.insert(number)
            if number > recoverUntil {
                recoverUntil = nextSegment
                reduce(now: now)
            }
        }
        if segment > recoverUntil { grow(now: now) }
    }

    private func reduce(now: MonotonicInstant) {
        largestWindow = window
        window = max(2, window * (algorithm == .reno ? 0.5 : 0.7))
        threshold = window
        reducedAt = now
    }

    private func grow(now: MonotonicInstant) {
        if window < threshold {
            window += 1
        } else if algorithm == .reno {
            window += 1 / window
        } else {
            // RFC 9438 sections 4.2 and 4.3, with C = 0.4 and beta = 0.7.
            let time = (now - reducedAt).inSeconds + smoothed
            let inflection = (largestWindow * 0.3 / 0.4).cubeRoot
            let cubic = 0.4 * (time - inflection) * (time - inflection) * (time - inflection) + largestWindow
            let friendly = largestWindow * 0.7 + 3 * 0.3 / 1.7 * time / max(smoothed, 0.01)
            let wanted = max(cubic, friendly)
            if wanted > window { window += min((wanted - window) / window, 0.5) }
        }
    }

    /// Whether the timeout has passed; then everything outstanding is sent again.
    func checkTimeout(now: MonotonicInstant) {
        guard !outstanding.isEmpty else { return }
        let timeout = max(0.2, smoothed + 4 * deviation)
        let oldest = outstanding.values.min() ?? now
        guard (now - max(oldest, lastProgress)).inSeconds > timeout else { return }
        lost.formUnion(outstanding.keys)
        outstanding.removeAll()
        threshold = max(2, window / 2)
        largestWindow = window
        window = 1
        reducedAt = now
        recoverUntil = nextSegment
        lastProgress = now
    }
}

extension Double {
    /// By Newton's method; for positive numbers.
    fileprivate var cubeRoot: Double {
        guard self > 0 else { return 0 }
        var root = Swift.max(self, 1)
        for _ in 0..<60 { root -= (root * root * root - self) / (3 * root * root) }
        return root
    }
}
