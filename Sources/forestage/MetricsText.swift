import MediaControl
import Primitives
import Rooms

/// The server's figures in Prometheus' text format (version 0.0.4).
struct MetricsText {
    private(set) var text = ""

    init(snapshot: RegistrySnapshot) {
        family("forestage_rooms", "gauge", "Rooms that exist.", [("", Double(snapshot.rooms.count))])
        family("forestage_participants", "gauge", "Participants in all rooms.", [("", Double(snapshot.participants))])
        family("forestage_on_stage", "gauge", "Participants on stage in all rooms.", [("", Double(snapshot.onStage))])
        workerFamily("forestage_transports", "gauge", "Peers that a worker serves.", snapshot) {
            Double($0.transports)
        }
        workerFamily("forestage_datagrams_received_total", "counter", "Datagrams received.", snapshot) {
            Double($0.datagramsReceived)
        }
        workerFamily("forestage_datagrams_sent_total", "counter", "Datagrams sent.", snapshot) {
            Double($0.datagramsSent)
        }
        workerFamily("forestage_octets_received_total", "counter", "Octets received over UDP.", snapshot) {
            Double($0.octetsReceived)
        }
        workerFamily("forestage_octets_sent_total", "counter", "Octets sent over UDP.", snapshot) {
            Double($0.octetsSent)
        }
        workerFamily("forestage_packets_forwarded_total", "counter", "RTP packets forwarded to slots.", snapshot) {
            Double($0.packetsForwarded)
        }
        workerFamily("forestage_packets_retransmitted_total", "counter", "RTP packets sent again.", snapshot) {
            Double($0.packetsRetransmitted)
        }
        workerFamily(
            "forestage_packets_padded_total", "counter", "RTP packets padded to the size of their picture's others.",
            snapshot
        ) {
            Double($0.packetsPadded)
        }
        workerFamily("forestage_packets_requested_total", "counter", "RTP packets asked of publishers again.", snapshot)
        {
            Double($0.packetsRequested)
        }
        workerFamily(
            "forestage_packets_recovered_total", "counter", "Missing RTP packets that came after all.", snapshot
        ) {
            Double($0.packetsRecovered)
        }
        workerFamily("forestage_keyframe_requests_total", "counter", "Keyframes asked of publishers.", snapshot) {
            Double($0.keyframeRequestsSent)
        }
        workerFamily(
            "forestage_catch_ups_total", "counter", "Slots that were given the last keyframe out of the buffer.",
            snapshot
        ) {
            Double($0.catchUps)
        }
        drops(snapshot)
        promotions(snapshot.promotions)
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ samples: [(String, Double)]) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in samples {
            // Whole numbers without a fraction, as counters are read by people too.
            let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
            text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(number)\n"
        }
    }

    private mutating func workerFamily(
        _ name: String, _ type: String, _ help: String, _ snapshot: RegistrySnapshot,
        _ value: (WorkerStatistics) -> Double
    ) {
        family(name, type, help, snapshot.workers.map { ("worker=\"\($0.worker.rawValue)\"", value($0)) })
    }

    private mutating func drops(_ snapshot: RegistrySnapshot) {
        let samples = snapshot.workers.flatMap { worker in
            worker.drops.sorted { $0.key < $1.key }.map { reason, count in
                ("worker=\"\(worker.worker.rawValue)\",reason=\"\(reason)\"", Double(count))
            }
        }
        family("forestage_drops_total", "counter", "Datagrams and packets dropped, by reason.", samples)
    }

    private mutating func promotions(_ histogram: DurationHistogram) {
        let name = "forestage_promotion_seconds"
        text += "# HELP \(name) From approve to the newcomer's first packet.\n# TYPE \(name) histogram\n"
        var sum: UInt64 = 0
        for (bound, count) in zip(DurationHistogram.boundsInMilliseconds, histogram.counts) {
            sum &+= count
            text += "\(name)_bucket{le=\"\(bound / 1_000)\"} \(sum)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum \(histogram.sum.inSeconds)\n\(name)_count \(histogram.count)\n"
    }
}
