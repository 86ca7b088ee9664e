import MetricsText
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
    func record(_ measurements: [String: Double]) {
        histograms.withLock { histograms in
            for name in Self.names {
                guard let value = measurements[name], (0...Self.longestMilliseconds).contains(value) else { continue }
                histograms[name, default: DurationHistogram()].note(.milliseconds(value))
            }
        }
    }

    /// Writes a histogram in seconds of each measurement that has come.
    func addMetrics(to metrics: inout MetricsWriter) {
        let histograms = histograms.withLock { $0 }
        for name in Self.names {
            guard let histogram = histograms[name] else { continue }
            metrics.histogram(
                "forestage_client_\(Self.snakeCase(name.dropLast(2)))_seconds",
                "The time that clients measured and sent as \(name) with telemetry.",
                bounds: DurationHistogram.boundsInMilliseconds.map { $0 / 1_000 }, counts: histogram.counts,
                sum: histogram.sum / .seconds(1))
        }
    }

    private static func snakeCase(_ name: Substring) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}
