import Foundation
import Primitives

/// The results of a run, in the form of the JSON file. Times are in milliseconds.
package struct LoadReport: Codable, Sendable {
    /// Percentiles of a time.
    package struct Times: Codable, Sendable {
        package var count: Int
        package var mean: Double?
        package var p50: Double?
        package var p95: Double?
        package var p99: Double?
        package var max: Double?

        init(_ histogram: LatencyHistogram) {
            count = Int(clamping: histogram.count)
            mean = histogram.mean?.inMilliseconds
            p50 = histogram.percentile(0.5)?.inMilliseconds
            p95 = histogram.percentile(0.95)?.inMilliseconds
            p99 = histogram.percentile(0.99)?.inMilliseconds
            max = histogram.count == 0 ? nil : histogram.maximum.inMilliseconds
        }
    }

    /// One kind of media at all viewers together.
    package struct Stream: Codable, Sendable {
        package var packets: Int64
        package var octets: Int64
        package var lost: Int64
        package var repaired: Int64
        package var duplicates: Int64
        /// Percent of what should have come.
        package var lossBeforeRepair: Double
        package var lossAfterRepair: Double
        package var latency: Times
        package var unrecognised: Int64

        init(_ figures: StreamFigures) {
            packets = figures.packets
            octets = figures.octets
            lost = figures.lost
            repaired = figures.repaired
            duplicates = figures.duplicates
            let expected = Double(Swift.max(figures.expected, 1))
            lossBeforeRepair = 100 * Double(figures.lost) / expected
            lossAfterRepair = 100 * Double(Swift.max(figures.lost - figures.repaired, 0)) / expected
            latency = Times(figures.latency)
            unrecognised = figures.unrecognised
        }
    }

    package struct Pictures: Codable, Sendable {
        package var complete: Int64
        package var incomplete: Int64
        package var undecodable: Int64
        package var keyframes: Int64
        package var decoded: Int64
        package var wrong: Int64
        package var notDecoded: Int64
        package var freezes: Int64
        package var frozenMs: Double

        init(_ figures: StreamFigures) {
            complete = figures.framesComplete
            incomplete = figures.framesIncomplete
            undecodable = figures.framesUndecodable
            keyframes = figures.keyframes
            decoded = figures.framesDecoded
            wrong = figures.framesWrong
            notDecoded = figures.framesNotDecoded
            freezes = figures.freezes
            frozenMs = figures.frozen.inMilliseconds
        }
    }

    /// What viewers of different sizes got of a publisher's encodings.
    package struct Layers: Codable, Sendable {
        /// Changes from one encoding of a publisher to another.
        package var switches: Int64
        /// From the message about a new size to the first picture of the encoding of that size.
        package var timeToWanted: Times
    }

    /// What viewers behind one kind of link got, each.
    package struct Link: Codable, Sendable {
        package var name: String
        package var viewers: Int
        /// On the link, headers included.
        package var kilobitsPerSecond: Double
        /// How long datagrams waited for the link.
        package var queue: Times
        package var droppedPercent: Double
        package var audioLossPercent: Double
        /// Pictures a second of each encoding, the smallest first, of all seats together.
        package var picturesPerSecond: [Double]
        /// Of all seats together; a seat that is paused for bandwidth counts until its picture is back.
        package var freezesPerMinute: Double
        package var frozenPercent: Double

        init(_ link: LoadSnapshot.Link, seconds: Double, seats: Int) {
            let each = max(Double(link.viewers) * seconds, 0.001)
            name = link.settings.name
            viewers = link.viewers
            kilobitsPerSecond = Double(link.octets) * 8 / 1_000 / each
            queue = Times(link.waits)
            droppedPercent = 100 * Double(link.dropped) / Double(max(link.dropped + Int64(link.waits.count), 1))
            audioLossPercent =
                100 * Double(max(link.audio.lost - link.audio.repaired, 0)) / Double(max(link.audio.expected, 1))
            picturesPerSecond = link.video.framesOfEncoding.map { Double($0) / each }
            freezesPerMinute = Double(link.video.freezes) * 60 / each
            frozenPercent = 100 * link.video.frozen.inSeconds / each / Double(max(seats, 1))
        }
    }

    package struct Server: Codable, Sendable {
        package var cpuSeconds: Double
        /// Of one processor.
        package var cpuPercent: Double
        package var cpuMicrosecondsPerPacket: Double?
        package var residentBeforeViewers: Int
        package var residentAtEnd: Int
        package var octetsPerViewer: Int?
    }

    /// One second of the run.
    package struct Second: Codable, Sendable {
        /// Since the first join.
        package var at: Double
        package var connected: Int
        package var packets: Int64
        package var megabitsPerSecond: Double
        package var lost: Int64
        package var p99: Double?
    }

    package var url: String
    package var door: String
    package var rooms: Int
    package var publishersPerRoom: Int
    package var viewersPerRoom: Int
    package var kilobitsPerSecond: Int
    package var framesPerSecond: Int
    package var size: String
    package var encodings: Int
    package var seconds: Double
    package var connectionsTried: Int
    package var connectionsMade: Int
    /// By reason, from signaling to the end.
    package var failures: [String: Int]
    /// Connections by SRTP profile.
    package var profiles: [String: Int]
    package var connect: Times
    package var firstPacket: Times
    package var firstPicture: Times
    package var video: Stream
    package var audio: Stream
    package var pictures: Pictures
    /// With simulcast.
    package var layers: Layers?
    /// With `--link`.
    package var links: [Link]?
    package var promotions: Int
    /// Of whom no viewer ever showed a picture.
    package var promotionsUnseen: Int
    package var promotionFirstPacket: Times
    package var promotionFirstPicture: Times
    package var packetsSent: Int64
    package var packetsRetransmittedByPublishers: Int64
    package var keyframeRequests: Int
    /// Of one processor: whether the client itself was the limit.
    package var clientBusyPercent: Double
    package var server: Server?
    package var rate: [Second]
    /// Points of the one-way latency's distribution over all packets: milliseconds, share.
    package var latencyDistribution: [[Double]]

    /// The JSON text.
    package func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
    }
}
