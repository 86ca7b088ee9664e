import Primitives

/// Writes down what an estimator is given and what it decides, a line each, so that the same can be run again. The lines are
/// described in Docs/CongestionControl.md, "Traces".
///
/// Confined to its worker's thread. It gathers text and hands it on in parts; what becomes of it is the business of `deliver`.
package final class EstimatorRecorder {
    /// Octets of a part at least, unless it is a second old.
    package static let part = 16 * 1_024
    /// What was written so long ago is handed on.
    package static let interval = Duration.seconds(1)
    /// The first word of a trace, and the version of its lines.
    package static let head = "forestage-trace 1"

    private let deliver: ([UInt8]) -> Bool
    private var text: [UInt8] = []
    private var last: MonotonicInstant
    private var partBegunAt: MonotonicInstant
    private var sequence: Int64 = 0
    private var sentAt: MonotonicInstant
    private var arrival = MonotonicInstant.zero
    private var told: PathTarget?
    /// Whether a part was refused: what follows could not be run again.
    private var isOver = false

    /// - Parameter deliver: takes a part; `false` where it cannot, which ends the recording.
    package init(_ settings: EstimatorSettings, now: MonotonicInstant, deliver: @escaping ([UInt8]) -> Bool) {
        self.deliver = deliver
        last = now
        partBegunAt = now
        sentAt = now
        text.reserveCapacity(Self.part + 4_096)
        text += Self.head.utf8
        for value in [
            now.nanoseconds, settings.start.bitsPerSecond, settings.least.bitsPerSecond, settings.most.bitsPerSecond,
            settings.removesSelfQueue ? 1 : 0, settings.probes ? 1 : 0,
        ] {
            add(value)
        }
        text.append(newline)
    }

    deinit { if !isOver, !text.isEmpty { _ = deliver(text) } }

    // MARK: What it is given

    func sent(octets: Int, packets: Int, now: MonotonicInstant) {
        guard begin("s", now) else { return }
        add(Int64(octets))
        add(Int64(packets))
        end(now)
    }

    func feedback(_ batch: FeedbackBatch, now: MonotonicInstant) {
        guard begin("f", now) else { return }
        for place in 0..<batch.count { add(batch[place]) }
        end(now)
    }

    /// As number, times of sending and arrival, octets, kind and cluster; numbers and times from those of the result before.
    private func add(_ result: PacketResult) {
        text.append(space)
        add(digits: result.sequence &- sequence)
        sequence = result.sequence
        text.append(comma)
        add(digits: result.sentAt.nanoseconds &- sentAt.nanoseconds)
        sentAt = result.sentAt
        text.append(comma)
        if let arrival = result.arrival {
            add(digits: arrival.nanoseconds &- self.arrival.nanoseconds)
            self.arrival = arrival
        }
        text.append(comma)
        add(digits: Int64(result.octets))
        text.append(comma)
        text += result.kind.letter.utf8
        if result.cluster != 0 { add(digits: Int64(result.cluster)) }
    }

    func receiverReport(loss: Double, upstreamLoss: Double, roundTrip: Duration, now: MonotonicInstant) {
        guard begin("r", now) else { return }
        text += " \(loss) \(upstreamLoss) \(roundTrip.wholeNanoseconds)".utf8
        end(now)
    }

    func remb(_ rate: Bitrate, now: MonotonicInstant) {
        guard begin("b", now) else { return }
        add(rate.bitsPerSecond)
        end(now)
    }

    func allocated(_ wanted: Bitrate) {
        guard begin("w", last) else { return }
        add(wanted.bitsPerSecond)
        end(last)
    }

    func askForProbe(_ rate: Bitrate) {
        guard begin("k", last) else { return }
        add(rate.bitsPerSecond)
        end(last)
    }

    func falselyAcknowledged() {
        guard begin("x", last) else { return }
        end(last)
    }

    func timeout(now: MonotonicInstant) {
        guard begin("t", now) else { return }
        end(now)
    }

    // MARK: What it decides

    func probe(_ cluster: ProbeCluster?, now: MonotonicInstant) {
        guard begin("p", now) else { return }
        if let cluster {
            add(cluster.rate.bitsPerSecond)
            add(Int64(cluster.id))
        }
        end(now)
    }

    /// Writes a target where it is another than the last one.
    func decided(_ target: PathTarget, acknowledged: Double?, now: MonotonicInstant) {
        if let told, told.estimate == target.estimate, told.limit == target.limit, told.isOverused == target.isOverused
        {
            return
        }
        guard begin("e", now) else { return }
        told = target
        add(target.estimate.bitsPerSecond)
        text.append(space)
        text += target.limit.rawValue.utf8
        add(target.isOverused ? 1 : 0)
        add(Int64(min(max(target.residualDelay, 0), 1e6) * 1_000))
        add(Int64(min(max(target.loss, 0), 1) * 1_000))
        add(Int64(min(max(acknowledged ?? 0, 0), 1e12)))
        end(now)
    }

    // MARK: Text

    private var space: UInt8 { 0x20 }
    private var comma: UInt8 { 0x2C }
    private var newline: UInt8 { 0x0A }

    private func begin(_ name: StaticString, _ now: MonotonicInstant) -> Bool {
        guard !isOver else { return false }
        text.append(unsafe name.utf8Start.pointee)
        add(digits: now.nanoseconds &- last.nanoseconds)
        last = now
        return true
    }

    private func end(_ now: MonotonicInstant) {
        text.append(newline)
        guard text.count >= Self.part || now - partBegunAt >= Self.interval else { return }
        isOver = !deliver(text)
        text.removeAll(keepingCapacity: !isOver)
        partBegunAt = now
    }

    private func add(_ value: Int64) {
        text.append(space)
        add(digits: value)
    }

    private func add(digits value: Int64) {
        if value < 0 { text.append(0x2D) }
        let first = text.count
        var rest = value.magnitude
        repeat {
            text.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        text[first...].reverse()
    }
}

extension PacketKind {
    /// In a trace.
    package var letter: String {
        switch self {
        case .audio: "a"
        case .video: "v"
        case .retransmission: "r"
        case .padding: "f"
        case .probe: "p"
        }
    }
}
