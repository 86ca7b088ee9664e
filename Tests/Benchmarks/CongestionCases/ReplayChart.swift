import CongestionBed
import CongestionControl
import Primitives

/// A recorded trace as a picture: estimates then and now over queueing delay over states, as SVG.
struct ReplayChart {
    private static let width = 720.0
    private static let left = 44.0

    private(set) var svg = ""
    private let samples: [TraceReplay.Sample]
    private let duration: Double

    init(title: String, replay: TraceReplay) {
        samples = replay.samples
        duration = max(samples.last?.at ?? 1, 1)
        svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 420" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            <text x="44" y="16" font-weight="bold">\(Self.escaped(title))</text>

            """
        let top = max(samples.map { max($0.recorded, $0.estimate, $0.acknowledged) }.max() ?? 1, 0.1) * 1.05
        panel(y: 30, height: 200, top: top, name: "Mbit/s")
        line(y: 30, height: 200, top: top, colour: "#2ca02c") { $0.acknowledged }
        line(y: 30, height: 200, top: top, colour: "#999") { $0.recorded }
        line(y: 30, height: 200, top: top, colour: "#1f77b4") { $0.estimate }
        let longest = max(samples.map(\.residual).max() ?? 1, 50)
        panel(y: 250, height: 100, top: longest, name: "ms")
        line(y: 250, height: 100, top: longest, colour: "#1f77b4") { $0.residual }
        states()
        svg += """
            <text x="44" y="414" fill="#555">above: estimate as recorded (grey) and now (blue), acknowledged (green); middle: \
            delay that our own bursts do not explain; below: overuse (red), limited by loss (orange), by missing feedback \
            (black), all fits (green)</text>
            </svg>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            default: text.append(character)
            }
        }
    }

    private func x(_ at: Double) -> Double { Self.left + at / duration * (Self.width - Self.left - 10) }

    private func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private mutating func panel(y: Double, height: Double, top: Double, name: String) {
        svg += "<g stroke=\"#ccc\" stroke-width=\"0.5\">"
        for part in 0...4 { svg += "<path d=\"M44 \(Int(y + height * Double(part) / 4))H710\"/>" }
        svg += "</g>\n"
        for part in [0.0, 2, 4] {
            let value = top * (4 - part) / 4
            svg += "<text x=\"4\" y=\"\(Int(y + height * part / 4 + 4))\">"
            svg += "\(top < 10 ? tenths(value) : "\(Int(value))")</text>"
        }
        svg += "<text x=\"674\" y=\"\(Int(y - 3))\">\(name)</text>\n"
        svg += "<text x=\"640\" y=\"\(Int(y + height + 14))\">\(tenths(duration)) s</text>\n"
    }

    private mutating func line(
        y: Double, height: Double, top: Double, colour: String, value: (TraceReplay.Sample) -> Double
    ) {
        guard !samples.isEmpty else { return }
        var path = ""
        for sample in samples {
            let at = y + height - min(value(sample), top) / top * height
            path += "\(path.isEmpty ? "M" : "L")\(tenths(x(sample.at))) \(tenths(at))"
        }
        svg += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\"/>\n"
    }

    private mutating func states() {
        for (sample, next) in zip(samples, samples.dropFirst()) {
            let colour: String? =
                switch sample.limit {
                case _ where sample.isOverused: "#d62728"
                case .loss: "#ff7f0e"
                case .silence: "#222"
                case .demand: "#2ca02c"
                case .start, .delay, .remb, .reports, .trust: nil
                }
            guard let colour else { continue }
            let width = max(x(next.at) - x(sample.at), 0.5)
            svg += "<rect x=\"\(tenths(x(sample.at)))\" y=\"376\" width=\"\(tenths(width))\" height=\"14\" "
            svg += "fill=\"\(colour)\"/>\n"
        }
    }
}
