/// Writes metrics in Prometheus' text format, version 0.0.4: each family with its help, its type and its samples.
///
/// Every figure on `/metrics` goes through this writer, so no family can be without `HELP` and `TYPE`.
package struct MetricsWriter: Sendable {
    /// One value of a family.
    package struct Sample: Sendable {
        /// Names and values of the labels, in the order in which they are written.
        package var labels: [(name: String, value: String)]
        package var value: Double

        package init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = value
        }
    }

    /// What was written so far.
    package private(set) var text = ""

    package init() {}

    /// Writes a family whose values only rise while the server runs. A counter's name ends in `_total`.
    package mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, "counter", help, samples)
    }

    /// Writes a family whose values rise and fall.
    package mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, "gauge", help, samples)
    }

    /// Writes a histogram of one time series.
    ///
    /// - Parameters:
    ///   - bounds: the upper ends of the buckets, rising.
    ///   - counts: values per bucket, with one more entry than bounds: the values above the last bound.
    ///   - sum: the sum of all values.
    package mutating func histogram(
        _ name: String, _ help: String, bounds: [Double], counts: [UInt64], sum: Double
    ) {
        precondition(counts.count == bounds.count + 1, "a histogram has one count more than bounds")
        head(name, "histogram", help)
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, counts) {
            total &+= count
            text += "\(name)_bucket{le=\"\(bound)\"} \(total)\n"
        }
        total &+= counts.last ?? 0
        text += "\(name)_bucket{le=\"+Inf\"} \(total)\n\(name)_sum \(Self.number(sum))\n\(name)_count \(total)\n"
    }

    private mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) {
        head(name, type, help)
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            let list = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
            text += "\(name)\(list) \(Self.number(sample.value))\n"
        }
    }

    /// Whole numbers without a fraction: people read counters too.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? escaped.replacing("\"", with: "\\\"") : escaped
    }
}
