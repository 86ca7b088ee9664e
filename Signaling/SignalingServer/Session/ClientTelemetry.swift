import Rooms
import Synchronization

/// What clients measured, counted for the metrics page.
final class ClientTelemetry: Sendable {
    /// The measurements that are counted; others are ignored, so that no client makes metrics of its own.
    static let names = ["joinMs", "firstFrameMs", "promotionMs", "viewPromotionMs"]
    /// A longer time is a mistake of the client's clock.
    static let longestMilliseconds = 600_000.0

    private let histograms = Mutex<[String: DurationHistogram]>([:])

    init() {}

    /// Counts the measurements that are known and possible.
    func note(_ measurements: [String: Double]) {
        histograms.withLock { histograms in
            for name in Self.names {
                guard let value = measurements[name], (0...Self.longestMilliseconds).contains(value) else { continue }
                histograms[name, default: DurationHistogram()].note(.milliseconds(value))
            }
        }
    }

    /// The histograms in Prometheus' text format, in seconds.
    func prometheusText() -> String {
        let histograms = histograms.withLock { $0 }
        var text = ""
        for name in Self.names {
            guard let histogram = histograms[name] else { continue }
            let metric = "forestage_client_\(Self.snakeCase(name.dropLast(2)))_seconds"
            text += "# TYPE \(metric) histogram\n"
            var total: UInt64 = 0
            for (bound, count) in zip(DurationHistogram.boundsInMilliseconds, histogram.counts) {
                total &+= count
                text += "\(metric)_bucket{le=\"\(bound / 1000)\"} \(total)\n"
            }
            text += "\(metric)_bucket{le=\"+Inf\"} \(histogram.count)\n"
            text += "\(metric)_sum \(histogram.sum / .seconds(1))\n\(metric)_count \(histogram.count)\n"
        }
        return text
    }

    private static func snakeCase(_ name: Substring) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}
