import LinkModel
import Primitives

extension ViewerLink {
    /// What `--link` says, such as `rate=700,delay=30,queue=300,loss=1`.
    package struct Settings: Sendable, Equatable {
        /// Of the bottleneck towards the viewer, in kbit/s; `nil`: no limit.
        package var kilobitsPerSecond: Int64?
        /// Each way, in milliseconds.
        package var delay = 0
        /// What the queue in front of the bottleneck holds, as time at the rate, in milliseconds.
        package var queue = 300
        /// Each way, in percent.
        package var loss = 0.0

        package init() {}

        /// - Throws: `LinkError` with what was expected.
        package init(_ text: String) throws(LinkError) {
            for part in text.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2 else { throw LinkError(part: String(part), expected: Self.form) }
                try set(String(pair[0]), to: String(pair[1]))
            }
        }

        private static let form = "NAME=NUMBER with the names rate, delay, queue and loss"

        private mutating func set(_ name: String, to text: String) throws(LinkError) {
            switch name {
            case "rate": kilobitsPerSecond = Int64(try Self.number(text, of: name, in: 10...1_000_000))
            case "delay": delay = try Self.number(text, of: name, in: 0...5_000)
            case "queue": queue = try Self.number(text, of: name, in: 10...10_000)
            case "loss":
                guard let value = Double(text), (0...50).contains(value) else {
                    throw LinkError(part: "\(name)=\(text)", expected: "a percentage from 0 to 50")
                }
                loss = value
            default: throw LinkError(part: "\(name)=\(text)", expected: Self.form)
            }
        }

        private static func number(
            _ text: String, of name: String, in range: ClosedRange<Int>
        ) throws(LinkError) -> Int {
            guard let value = Int(text), range.contains(value) else {
                throw LinkError(
                    part: "\(name)=\(text)",
                    expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }

        /// As the report names it.
        var name: String {
            let rate = kilobitsPerSecond.map { "\($0) kbit/s" } ?? "no limit"
            return "\(rate), \(delay) ms" + (loss > 0 ? ", \(loss) % loss" : "")
        }

        var down: LinkConditions {
            var conditions = up
            conditions.rate = kilobitsPerSecond.map { Bitrate.kilobits($0) }
            conditions.queueOctets = Int(kilobitsPerSecond ?? 0) * queue / 8
            return conditions
        }

        var up: LinkConditions { LinkConditions(latency: .milliseconds(delay), loss: loss / 100) }
    }
}

/// A part of `--link` that cannot be used.
package struct LinkError: Error, Equatable, CustomStringConvertible {
    package var part: String
    package var expected: String

    package var description: String { "--link: \"\(part)\" is not \(expected)" }
}
