import CongestionControl
import Primitives

/// What the worker knows of the path to one viewer, and what it does about it. A class, so that a call of the estimator copies
/// none of its rings. Confined to its worker's thread.
final class PeerBandwidth {
    /// How often the estimator is called while no feedback comes.
    static let interval = Duration.milliseconds(100)
    /// An estimate that changed by less than one part in so many leaves the allocation as it is.
    static let change: Int64 = 20
    /// The allocation is made anew at least this often: encodings' rates change as well.
    static let allocationInterval = Duration.seconds(1)
    private static let allocationNanoseconds = allocationInterval.wholeNanoseconds

    /// For so long a new viewer is sent every slot's lowest layer, whatever the first estimate is, and up to this rate.
    static let trial = Duration.seconds(2)
    static let mostAtTrial = Bitrate.kilobits(10_000)
    /// Between two probes for a slot's next layer.
    static let layerProbeInterval = Duration.seconds(3)

    var estimator: RecordedEstimator
    /// When the estimate began.
    let begunAt: MonotonicInstant
    /// Whether there is a picture for one of the slots, sent or paused.
    var wantsPicture = false
    /// What was allocated last, with sound.
    var given = Bitrate.zero
    /// What all slots could use.
    var wanted = Bitrate.zero
    var allocator = BandwidthAllocator()
    /// When the estimator is called next.
    var next: MonotonicInstant
    private var nextLayerProbe = MonotonicInstant.zero
    /// The probe that is being sent.
    var probe: ProbeRun?
    /// The allocation made last.
    var allocation: Allocation?

    struct Allocation {
        let at: MonotonicInstant
        /// The estimate that it was made for, in bits per second.
        let estimate: Int64
    }

    init(_ settings: EstimatorSettings, recorder: EstimatorRecorder? = nil, now: MonotonicInstant) {
        estimator = RecordedEstimator(settings, recorder: recorder)
        next = now
        begunAt = now
    }

    /// Probes for what the next layer needs, now and then.
    func askForProbe(_ rate: Bitrate, now: MonotonicInstant) {
        guard now >= nextLayerProbe else { return }
        nextLayerProbe = now + Self.layerProbeInterval
        estimator.askForProbe(rate)
    }

    /// Whether the slots' layers are to be chosen anew.
    func isAllocationDue(_ target: PathTarget, now: MonotonicInstant) -> Bool {
        if let next = allocator.nextRaise, next.nanoseconds <= now.nanoseconds { return true }
        guard let allocation, now.nanoseconds &- allocation.at.nanoseconds < Self.allocationNanoseconds else {
            return true
        }
        let estimate = target.estimate.bitsPerSecond
        return abs(estimate - allocation.estimate) > allocation.estimate / Self.change
    }

    /// When something is due.
    var nextTimeout: MonotonicInstant { earliest(next, probe?.next) ?? next }
}

/// A probe cluster that is being sent, in parts.
struct ProbeRun {
    /// Between two parts.
    static let interval = Duration.milliseconds(2)

    let cluster: ProbeCluster
    private let startedAt: MonotonicInstant
    private var octets = 0
    private var packets = 0
    /// When the next part is due.
    private(set) var next: MonotonicInstant

    init(_ cluster: ProbeCluster, now: MonotonicInstant) {
        self.cluster = cluster
        startedAt = now
        next = now
    }

    var isComplete: Bool { octets >= cluster.octets && packets >= ProbeCluster.minimumPackets }

    /// Whether another packet is due now, at the cluster's rate.
    func isDue(at now: MonotonicInstant) -> Bool {
        guard !isComplete else { return false }
        let elapsed = (now - startedAt).inSeconds
        return Double(octets) <= Double(cluster.rate.bitsPerSecond) / 8 * elapsed
    }

    mutating func noteSent(octets: Int) {
        self.octets += octets
        packets += 1
    }

    /// Gives up the rest.
    mutating func abandon() {
        octets = cluster.octets
        packets = ProbeCluster.minimumPackets
    }

    /// Nothing more is due before the next part.
    mutating func wait(now: MonotonicInstant) { next = now + Self.interval }
}
