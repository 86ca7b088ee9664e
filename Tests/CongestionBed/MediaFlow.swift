import CongestionControl
import Primitives

/// A sender and a receiver of media with one estimator between them.
package final class MediaFlow {
    /// Octets of media in a packet, and what every packet has besides: RTP with extensions, SRTP, UDP, IP.
    static let payload = 1_150
    static let overhead = 22 + 28
    static let historySize = 1 << 13

    struct Sent {
        var sequence: Int64 = -1
        var at = MonotonicInstant.zero
        var octets = 0
        var kind = PacketKind.video
        var cluster: UInt8 = 0
        var isAcknowledged = false
    }

    package var estimator: BandwidthEstimator
    package var source: MediaSource
    package let start: Double
    package let end: Double
    /// When the source is silent, in seconds.
    package var pauses: [ClosedRange<Double>] = []
    /// When no feedback gets through, in seconds.
    package var silences: [ClosedRange<Double>] = []
    /// What is sent from an instant on, in seconds.
    package var changes: [(at: Double, source: MediaSource)] = []
    let index: Int
    let route: [Int]
    let back: [Int]
    let extra: Duration
    /// How much faster the receiver's clock runs, as a part.
    package var drift = 0.0
    /// Whether the receiver reports everything as received on the way's least time, whatever came.
    package var lies = false
    /// Every so many numbers one is left out, to catch who acknowledges what was never sent; 0 for none.
    package var omission: Int64 = 0
    /// How late the noted time of sending may be, in milliseconds.
    package var sendTimeError = 0.0

    // The sender
    var history = [Sent](repeating: Sent(), count: MediaFlow.historySize)
    var nextSequence: Int64 = 0
    var pacing: PacingBudget
    /// Octets of video that wait to leave, frame by frame.
    var backlog: [Int] = []
    var isPacing = false
    var videoRate = 0.0
    var lastKeyframe = -1.0
    var clusters: [(cluster: ProbeCluster, octetsLeft: Int, packetsLeft: Int, next: MonotonicInstant)] = []
    var ladder: SlotLadder?
    var generator: SeededGenerator
    let batch = FeedbackBatch()

    // The receiver
    var arrivals: [(sequence: Int64, arrival: MonotonicInstant)] = []
    var nextReported: Int64 = 0
    var receivedOctets = 0

    // Figures
    package internal(set) var samples: [FlowSample] = []
    /// Waits of packets in milliseconds, with when they were sent, in seconds.
    package internal(set) var waits: [(at: Double, milliseconds: Double)] = []
    package internal(set) var decreases: [Double] = []
    package internal(set) var layerChanges: [Double] = []
    /// What each slot was sent, in Mbit/s of media, each 100 ms.
    package internal(set) var slotRates: [(at: Double, rates: [Double])] = []
    package internal(set) var probes: [Double] = []
    var sentOctets = 0
    var paddingOctets = 0
    var sentInSample = 0
    var receivedInSample = 0
    var paddingInSample = 0
    var queueInSample = 0.0
    var lostInSample = 0
    var packetsInSample = 0
    package internal(set) var packetsSent = 0
    package internal(set) var packetsLost = 0
    package internal(set) var audioSent = 0
    package internal(set) var audioLost = 0

    init(
        index: Int, settings: EstimatorSettings, source: MediaSource, start: Double, end: Double, route: [Int],
        back: [Int], extra: Duration, seed: UInt64
    ) {
        self.index = index
        estimator = BandwidthEstimator(settings)
        self.source = source
        self.start = start
        self.end = end
        self.route = route
        self.back = back
        self.extra = extra
        pacing = PacingBudget(rate: Double(settings.start.bitsPerSecond) * PacingBudget.startFactor)
        generator = SeededGenerator(seed: seed)
    }

    func isPaused(at seconds: Double) -> Bool { pauses.contains { $0.contains(seconds) } }
    func isActive(at seconds: Double) -> Bool { seconds >= start && seconds < end }

    /// Notes a packet that leaves now.
    func note(octets: Int, kind: PacketKind, cluster: UInt8, now: MonotonicInstant) -> Int64 {
        if omission > 0, nextSequence % omission == omission - 1 { nextSequence += 1 }
        let sequence = nextSequence
        nextSequence += 1
        var at = now
        if sendTimeError > 0 {
            at = now - .nanoseconds(Int64(Double.random(in: 0...sendTimeError, using: &generator) * 1e6))
        }
        history[Int(sequence) & (Self.historySize - 1)] = Sent(
            sequence: sequence, at: at, octets: octets, kind: kind, cluster: cluster)
        sentInSample += octets
        sentOctets += octets
        if kind == .padding || kind == .probe {
            paddingInSample += octets
            paddingOctets += octets
        }
        return sequence
    }

    /// Applies a feedback that has come back.
    func apply(_ outcomes: [(sequence: Int64, arrival: MonotonicInstant?)], now: MonotonicInstant) {
        batch.removeAll()
        for outcome in outcomes {
            if omission > 0, outcome.sequence % omission == omission - 1 {
                if outcome.arrival != nil { estimator.falselyAcknowledged() }
                continue
            }
            let place = Int(outcome.sequence) & (Self.historySize - 1)
            guard history[place].sequence == outcome.sequence, !history[place].isAcknowledged else { continue }
            if outcome.arrival != nil { history[place].isAcknowledged = true }
            let sent = history[place]
            batch.append(
                PacketResult(
                    sequence: outcome.sequence, sentAt: sent.at, arrival: outcome.arrival, octets: sent.octets,
                    kind: sent.kind, cluster: sent.cluster))
        }
        let before = estimator.target(now: now).estimate
        estimator.feedback(batch, now: now)
        let after = estimator.target(now: now).estimate
        if Double(after.bitsPerSecond) < 0.97 * Double(before.bitsPerSecond) { decreases.append(now.inSeconds) }
    }

    /// What the receiver reports next: everything since the last report, missing packets as lost.
    func report() -> [(sequence: Int64, arrival: MonotonicInstant?)]? {
        guard !arrivals.isEmpty else { return nil }
        let sorted = arrivals.sorted { $0.sequence < $1.sequence }
        var outcomes: [(sequence: Int64, arrival: MonotonicInstant?)] = []
        for (sequence, arrival) in sorted {
            if sequence >= nextReported {
                for missing in nextReported..<sequence { outcomes.append((missing, lies ? arrival : nil)) }
                nextReported = sequence + 1
            }
            outcomes.append((sequence, arrival))
        }
        arrivals.removeAll(keepingCapacity: true)
        return outcomes
    }
}

extension MonotonicInstant {
    var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
