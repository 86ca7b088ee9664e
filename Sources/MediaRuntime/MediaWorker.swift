import CongestionControl
import Cryptography
import DTLS
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

/// One worker of the media plane: its peers, their tracks and slots, and the road of every packet between them.
///
/// Sans-IO: datagrams, commands and the time come in as arguments, what is to be sent goes to the sink in batches. The
/// same code runs on a thread with a socket and in virtual time in tests. A turn is: `apply` and `receive` any number
/// of times, then `finishTurn`. Confined to one thread.
package final class MediaWorker {
    /// DTLS datagrams that wait for their turn, over all peers.
    package static let maximumQueuedHandshakes = 1_024
    /// Handshake steps per turn: each may cost a millisecond, and media must not wait for a hundred of them.
    package static let handshakesPerTurn = 2
    /// How often counters are told to the control plane.
    package static let statisticsInterval = Duration.seconds(1)

    let id: WorkerID
    let context: DTLSContext
    /// What is added to the monotonic clock to get the wall clock, in nanoseconds.
    let wallClockOffset: Int64
    var generator: SeededGenerator

    var peers = PeerTable()
    let egress: Egress
    let router: Router
    /// What is forwarded at the moment.
    var frameBatch = FrameBatch()
    /// Tracks in which somebody speaks, and how loud the control plane believes that to be.
    var speaking: [(track: PublishedTrack, told: Double?)] = []
    var nextSpeech: MonotonicInstant?
    var lastSpeech: MonotonicInstant?
    var handshakes = HandshakeQueue(limit: maximumQueuedHandshakes)
    private var duePeers: [Peer] = []
    var events: [MediaEvent] = []
    let counters: WorkerCounters
    private var nextStatistics: MonotonicInstant?
    private var knownSendFailures: UInt64 = 0
    var knownConnectionDrops: UInt64 = 0
    /// How paths to viewers are estimated; `nil` where they are not.
    let estimation: EstimatorSettings?
    /// Where traces of viewers' estimators go; `nil` where nobody wants them.
    let traces: (any TraceSink)?
    /// Used again for each feedback.
    let feedbackBatch = FeedbackBatch()
    /// Used again for each allocation: the slots with video, and which they are.
    var allocations: [SlotAllocation] = []
    var allocatedSlots: [Int] = []
    /// Used again for each encoding's missing packets.
    var missingNumbers: [UInt16] = []
    /// Peers whose pacing is held because their TCP connection is congested.
    var heldPeers = 0
    /// Used again for every STUN response.
    var scratch: [UInt8] = []

    /// - Parameters:
    ///   - frameHold: see `MediaConfiguration.frameHold`.
    ///   - estimation: how paths to viewers are estimated; `nil` to send each viewer everything at once.
    ///   - traces: where what estimators are given and decide is written down; `nil` for nowhere.
    ///   - wallClockOffset: nanoseconds from the monotonic to the wall clock, for sender reports.
    ///   - seed: for SSRCs and first sequence numbers.
    package init(
        id: WorkerID, certificate: DTLSCertificate, sink: any DatagramSink, joinsDatagrams: Bool,
        frameHold: Duration = .zero, estimation: EstimatorSettings? = nil, traces: (any TraceSink)? = nil,
        wallClockOffset: Int64, seed: UInt64
    ) throws {
        self.id = id
        self.estimation = estimation
        self.traces = traces
        router = Router(frameHold: frameHold)
        self.wallClockOffset = wallClockOffset
        context = try DTLSContext(certificate: certificate)
        counters = WorkerCounters(worker: id)
        egress = try Egress(sink: sink, joinsDatagrams: joinsDatagrams, counters: counters)
        generator = SeededGenerator(seed: seed)
        scratch.reserveCapacity(2_048)
        router.allocation = self
    }

    /// What was counted so far, but for transports and drops, which only the events tell.
    package var statistics: WorkerStatistics {
        var statistics = counters.statistics
        statistics.catchUps = router.catchUpCount
        return statistics
    }

    /// Counts what was dropped of or for a peer.
    func drop(_ reason: DropReason, of peer: Peer, by number: UInt64 = 1) {
        counters.drops.count(reason, by: number)
        peer.drops.count(reason, by: number)
    }

    /// When `finishTurn` is to be called again at the latest; `nil` while nothing is awaited.
    package var nextTimeout: MonotonicInstant? {
        if !handshakes.isEmpty { return .zero }
        return earliest(
            earliest(peers.nextTimeout, router.nextTimeout),
            earliest(nextSpeech, nextStatistics ?? .zero))
    }

    /// When the first of the packets that are held leaves at the latest; `nil` while none is.
    var nextRelease: MonotonicInstant? { router.nextRelease }

    /// Ends a turn: forwards what came, goes on with handshakes, runs what is due, and sends everything.
    package func finishTurn(now: MonotonicInstant) {
        egress.now = now
        forward(now: now)
        tellSpeech(now: now)
        runHandshakes(now: now)
        runTimers(now: now)
        tellStatistics(now: now)
        egress.flush()
    }

    /// Runs every peer that is due, once each.
    private func runTimers(now: MonotonicInstant) {
        while let peer = peers.popDue(at: now) { duePeers.append(peer) }
        for peer in duePeers where peers[peer.index] != nil { handleTimeout(of: peer, now: now) }
        duePeers.removeAll(keepingCapacity: true)
    }

    /// The events since the last call.
    package func takeEvents() -> [MediaEvent] {
        guard !events.isEmpty else { return [] }
        let taken = events
        events.removeAll(keepingCapacity: true)
        return taken
    }

    /// Notes what the socket says about sending.
    func noteSendFailures(_ total: UInt64, canJoinDatagrams: Bool) {
        if total > knownSendFailures { counters.drops.count(.sendFailed, by: total - knownSendFailures) }
        knownSendFailures = total
        egress.batch.joinsDatagrams = egress.batch.joinsDatagrams && canJoinDatagrams
    }

    /// Sets the peer's place in the timer queue by its earliest deadline.
    func reschedule(_ peer: Peer) {
        var next = earliest(peer.transport.nextTimeout, peer.nextReport)
        if peer.transport.isEstablished {
            next = earliest(next, peer.transport.arrivals.nextTimeout)
            next = earliest(next, peer.bandwidth?.nextTimeout)
            for track in peer.tracks where track.isOpen {
                if !track.isAudio { next = earliest(next, track.nextKeyframeRequest) }
                for encoding in track.encodings where encoding.ssrc != nil {
                    if encoding.isWatched { next = earliest(next, encoding.keyframes.nextTelling) }
                    if let missing = encoding.missing.nextTimeout { next = earliest(next, max(missing, peer.nextNACK)) }
                }
            }
        }
        peers.schedule(peer, at: next)
    }

    private func tellStatistics(now: MonotonicInstant) {
        guard let due = nextStatistics else {
            nextStatistics = now + Self.statisticsInterval
            return
        }
        guard due <= now else { return }
        nextStatistics = now + Self.statisticsInterval
        var statistics = statistics
        statistics.transports = peers.count
        statistics.paths = pathFigures(now: now)
        statistics.slotsBehind = router.slotsBehind
        statistics.drops = counters.drops.byName
        events.append(.statistics(statistics))
    }
}
