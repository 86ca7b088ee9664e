import MediaControl
import MetricsText
import Primitives
import Rooms

extension MetricsWriter {
    /// Writes the figures of all rooms and workers.
    mutating func add(_ snapshot: RegistrySnapshot) {
        gauge("forestage_rooms", "Rooms that exist.", [Sample(Double(snapshot.rooms.count))])
        gauge("forestage_participants", "Participants in all rooms.", [Sample(Double(snapshot.participants))])
        gauge("forestage_on_stage", "Participants on stage in all rooms.", [Sample(Double(snapshot.onStage))])
        gauge("forestage_transports", "Peers that a worker serves.", Self.samples(snapshot) { Double($0.transports) })
        for (name, help, value) in Self.workerCounters {
            counter(name, help, Self.samples(snapshot) { Double(value($0)) })
        }
        addPaths(snapshot)
        addConnections(snapshot)
        let drops = snapshot.workers.flatMap { worker in
            worker.drops.sorted { $0.key < $1.key }.map { reason, count in
                Sample(Double(count), [("worker", "\(worker.worker.rawValue)"), ("reason", reason)])
            }
        }
        counter("forestage_drops_total", "Datagrams and packets dropped, by reason.", drops)
        histogram(
            "forestage_promotion_seconds", "From approve to the newcomer's first packet.",
            bounds: DurationHistogram.boundsInMilliseconds.map { $0 / 1_000 }, counts: snapshot.promotions.counts,
            sum: snapshot.promotions.sum.inSeconds)
    }

    /// Writes what the paths to viewers carry, by what limits them. Every limit has a sample, so that none vanishes between two scrapes.
    private mutating func addPaths(_ snapshot: RegistrySnapshot) {
        func samples(_ value: (PathFigures) -> Double) -> [Sample] {
            snapshot.workers.flatMap { worker in
                PathLimit.allCases.map { limit in
                    Sample(
                        value(worker.paths[limit] ?? PathFigures()),
                        [("worker", "\(worker.worker.rawValue)"), ("limited_by", limit.rawValue)])
                }
            }
        }
        gauge("forestage_paths", "Viewers whose path is estimated, by what limits it.", samples { Double($0.count) })
        gauge(
            "forestage_path_estimate_bits_per_second", "The sum of these viewers' estimates.",
            samples { Double($0.estimate.bitsPerSecond) })
        gauge(
            "forestage_path_queueing_seconds", "The sum of the queueing delays on these viewers' paths.",
            samples { $0.queueing.inSeconds })
        gauge(
            "forestage_slots_behind", "Slots that are behind what their publisher sends now.",
            Self.samples(snapshot) { Double($0.slotsBehind) })
    }

    /// Writes what is known of TCP connections.
    private mutating func addConnections(_ snapshot: RegistrySnapshot) {
        gauge(
            "forestage_tcp_connections", "TCP connections that are open.",
            Self.samples(snapshot) { Double($0.connections) })
        gauge(
            "forestage_tcp_octets_waiting", "Octets that wait for TCP connections.",
            Self.samples(snapshot) { Double($0.connectionOctetsWaiting) })
        let closed = snapshot.workers.flatMap { worker in
            worker.connectionsClosed.sorted { $0.key < $1.key }.map { reason, count in
                Sample(Double(count), [("worker", "\(worker.worker.rawValue)"), ("reason", reason)])
            }
        }
        counter("forestage_tcp_closed_total", "TCP connections that were closed, by reason.", closed)
    }

    private static let workerCounters: [(name: String, help: String, value: @Sendable (WorkerStatistics) -> UInt64)] = [
        ("forestage_datagrams_received_total", "Datagrams received.", { UInt64($0.datagramsReceived) }),
        ("forestage_datagrams_sent_total", "Datagrams sent.", { UInt64($0.datagramsSent) }),
        ("forestage_octets_received_total", "Octets received in datagrams.", { UInt64($0.octetsReceived) }),
        ("forestage_octets_sent_total", "Octets sent in datagrams.", { UInt64($0.octetsSent) }),
        ("forestage_packets_forwarded_total", "RTP packets forwarded to slots.", { UInt64($0.packetsForwarded) }),
        ("forestage_packets_retransmitted_total", "RTP packets sent again.", { UInt64($0.packetsRetransmitted) }),
        ("forestage_packets_probed_total", "RTP packets sent to measure viewers' paths.", { UInt64($0.packetsProbed) }),
        (
            "forestage_layers_lowered_total",
            "Slots that got a smaller encoding because their path carries too little.",
            { UInt64($0.layersLowered) }
        ),
        (
            "forestage_layers_raised_total", "Slots that got a larger encoding because their path carries more.",
            { UInt64($0.layersRaised) }
        ),
        (
            "forestage_pauses_total", "Slots that were paused because their path carries too little.",
            { UInt64($0.pauses) }
        ),
        (
            "forestage_trace_octets_dropped_total", "Octets of viewers' traces that could not be written.",
            { UInt64($0.traceOctetsDropped) }
        ),
        (
            "forestage_packets_padded_total", "RTP packets padded to the size of their frame's others.",
            { UInt64($0.packetsPadded) }
        ),
        (
            "forestage_packets_requested_total", "RTP packets requested from publishers again.",
            { UInt64($0.packetsRequested) }
        ),
        (
            "forestage_packets_recovered_total", "Missing RTP packets that came after all.",
            { UInt64($0.packetsRecovered) }
        ),
        (
            "forestage_keyframe_requests_total", "Keyframes requested from publishers.",
            { UInt64($0.keyframeRequestsSent) }
        ),
        ("forestage_catch_ups_total", "Slots that were started from the buffered keyframe.", { UInt64($0.catchUps) }),
    ]

    private static func samples(
        _ snapshot: RegistrySnapshot, _ value: (WorkerStatistics) -> Double
    ) -> [Sample] {
        snapshot.workers.map { Sample(value($0), [("worker", "\($0.worker.rawValue)")]) }
    }
}
