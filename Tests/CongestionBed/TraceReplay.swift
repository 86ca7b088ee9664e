import CongestionControl
import Primitives

/// A recorded trace, run again through a `BandwidthEstimator`: what was decided then beside what is decided now.
package struct TraceReplay: Sendable {
    /// After one line of the trace. Rates in Mbit/s, times in seconds and milliseconds.
    package struct Sample: Sendable {
        package var at: Double
        package var recorded: Double
        package var recordedLimit: PathLimit
        package var estimate: Double
        package var limit: PathLimit
        package var acknowledged: Double
        package var residual: Double
        package var isOverused: Bool
    }

    /// Why a trace cannot be read: the line, what was expected and what came.
    package struct Problem: Error, CustomStringConvertible {
        package var line: Int
        package var description: String

        init(_ line: Int, _ message: String) {
            self.line = line
            description = "line \(line): \(message)"
        }
    }

    /// One for each line on which something was decided.
    package private(set) var samples: [Sample] = []
    /// Packets whose outcome the trace has, and those that were lost.
    package private(set) var packets = 0
    package private(set) var lost = 0
    /// The first line on which something else is decided now than was then; `nil` where all is the same.
    package private(set) var firstDifference: Int?
    /// How many lines a decision was compared on.
    package private(set) var compared = 0

    private var estimator: BandwidthEstimator
    private let start: MonotonicInstant
    private var now: MonotonicInstant
    private var sequence: Int64 = 0
    private var sentAt: MonotonicInstant
    private var arrival = MonotonicInstant.zero
    private var recorded: (estimate: Int64, limit: PathLimit)?
    /// Whether the last line was one after which a decision is written where it is another.
    private var isDue = false

    /// Reads the text of a trace and runs it. A last line that was cut off is left out.
    ///
    /// - Throws: `Problem`.
    package init(_ text: String) throws(Problem) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines[0].split(separator: " ")
        let numbers = head.dropFirst(2).compactMap { Int64($0) }
        guard lines[0].hasPrefix(EstimatorRecorder.head + " "), numbers.count == 6, head.count == 8 else {
            throw Problem(1, "expected \(EstimatorRecorder.head) and six numbers, not \(lines[0].prefix(80))")
        }
        start = MonotonicInstant(nanoseconds: numbers[0])
        now = start
        sentAt = start
        var settings = EstimatorSettings()
        settings.start = Bitrate(bitsPerSecond: numbers[1])
        settings.least = Bitrate(bitsPerSecond: numbers[2])
        settings.most = Bitrate(bitsPerSecond: numbers[3])
        settings.removesSelfQueue = numbers[4] == 1
        settings.probes = numbers[5] == 1
        estimator = BandwidthEstimator(settings)
        for (index, line) in lines.dropFirst().dropLast().enumerated() { try take(line, number: index + 2) }
        compare(number: lines.count)
    }

    private mutating func take(_ line: Substring, number: Int) throws(Problem) {
        let words = line.split(separator: " ")
        guard let name = line.first, let first = words.first, let elapsed = Int64(first.dropFirst()) else {
            throw Problem(number, "expected a letter and a time, not \(line.prefix(80))")
        }
        let fields = words.dropFirst().map { Int64($0) }
        func field(_ index: Int) throws(Problem) -> Int64 {
            guard fields.indices.contains(index), let value = fields[index] else {
                throw Problem(number, "expected a number as field \(index + 1), not \(line.prefix(80))")
            }
            return value
        }
        if name != "e" { compare(number: number) }
        now = MonotonicInstant(nanoseconds: now.nanoseconds &+ elapsed)
        isDue = "frbt".contains(name)
        switch name {
        case "s": estimator.sent(octets: Int(try field(0)), packets: Int(try field(1)), now: now)
        case "f":
            let batch = FeedbackBatch()
            for word in words.dropFirst() { batch.append(try result(word, number)) }
            estimator.feedback(batch, now: now)
        case "r":
            guard words.count == 4, let loss = Double(words[1]), let upstream = Double(words[2]) else {
                throw Problem(number, "expected two losses and a round trip, not \(line.prefix(80))")
            }
            estimator.receiverReport(
                loss: loss, upstreamLoss: upstream, roundTrip: .nanoseconds(try field(2)), now: now)
        case "b": estimator.remb(Bitrate(bitsPerSecond: try field(0)), now: now)
        case "w": estimator.allocated(Bitrate(bitsPerSecond: try field(0)))
        case "k": estimator.askForProbe(Bitrate(bitsPerSecond: try field(0)))
        case "x": estimator.falselyAcknowledged()
        case "t": estimator.timeout(now: now)
        case "p":
            let rate = estimator.nextProbe(now: now)?.rate.bitsPerSecond
            var expected: Int64?
            if !fields.isEmpty { expected = try field(0) }
            if rate != expected { differ(number) }
        case "e":
            guard words.count > 2, let limit = PathLimit(rawValue: String(words[2])) else {
                throw Problem(number, "expected a rate and what limits it, not \(line.prefix(80))")
            }
            recorded = (try field(0), limit)
            isDue = true
            compare(number: number)
        default: throw Problem(number, "expected one of s f r b w k x t p e, not \(name)")
        }
    }

    private mutating func result(_ word: Substring, _ number: Int) throws(Problem) -> PacketResult {
        let parts = word.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 5, let step = Int64(parts[0]), let sent = Int64(parts[1]), let octets = Int(parts[3]),
            let kind = PacketKind.allCases.first(where: { parts[4].hasPrefix($0.letter) })
        else { throw Problem(number, "expected number,sent,arrival,octets,kind, not \(word.prefix(80))") }
        sequence &+= step
        sentAt = MonotonicInstant(nanoseconds: sentAt.nanoseconds &+ sent)
        packets += 1
        var arrived: MonotonicInstant?
        if let later = Int64(parts[2]) {
            arrival = MonotonicInstant(nanoseconds: arrival.nanoseconds &+ later)
            arrived = arrival
        } else {
            lost += 1
        }
        return PacketResult(
            sequence: sequence, sentAt: sentAt, arrival: arrived, octets: octets, kind: kind,
            cluster: UInt8(parts[4].dropFirst()) ?? 0)
    }

    /// Compares the decision after the last line with the one that was recorded.
    private mutating func compare(number: Int) {
        guard isDue, let recorded else { return }
        isDue = false
        compared += 1
        let target = estimator.target(now: now)
        if target.estimate.bitsPerSecond != recorded.estimate || target.limit != recorded.limit { differ(number) }
        samples.append(
            Sample(
                at: (now - start).inSeconds, recorded: Double(recorded.estimate) / 1e6,
                recordedLimit: recorded.limit, estimate: Double(target.estimate.bitsPerSecond) / 1e6,
                limit: target.limit, acknowledged: (estimator.acknowledgedRate ?? 0) / 1e6,
                residual: target.residualDelay, isOverused: target.isOverused))
    }

    private mutating func differ(_ number: Int) { firstDifference = firstDifference ?? number }
}
