import CongestionBed
import CongestionControl
import Primitives

/// A case as a picture: rates over queue over states, as SVG of text and lines.
struct CaseChart {
    private static let width = 720.0
    private static let left = 44.0
    private static let colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"]
    /// Points of a line at most: the file stays small.
    private static let points = 180

    private let flows: [MediaFlow]
    private let duration: Double
    private var text = ""

    init(title: String, bed: CongestionTestBed, duration: Double) {
        flows = Array(bed.media.prefix(5))
        self.duration = duration
        draw(title)
    }

    var svg: String { text }

    private mutating func draw(_ title: String) {
        text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) 420" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            <text x="\(Int(Self.left))" y="16" font-weight="bold">\(title)</text>

            """
        let top = max(flows.flatMap(\.samples).map { max(min($0.capacity, 8), $0.estimate) }.max() ?? 1, 0.1) * 1.05
        panel(y: 30, height: 200, top: top, name: "Mbit/s")
        if let first = flows.first {
            line(first, y: 30, height: 200, top: top, colour: "#999", dash: true) { min($0.capacity, 50) }
        }
        for (index, flow) in flows.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            line(flow, y: 30, height: 200, top: top, colour: colour, dash: false) { $0.estimate }
        }
        let longest = max(flows.flatMap(\.samples).map(\.queue).max() ?? 1, 50)
        panel(y: 250, height: 100, top: longest, name: "ms")
        for (index, flow) in flows.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            line(flow, y: 250, height: 100, top: longest, colour: colour, dash: false) { $0.queue }
        }
        states()
        text += """
            <text x="\(Int(Self.left))" y="414" fill="#555">above: capacity (dashed), estimates; middle: longest wait; \
            below, by flow: overuse (red), underuse (blue), limited by loss (orange)</text>
            </svg>

            """
    }

    private func x(_ at: Double) -> Double { Self.left + at / duration * (Self.width - Self.left - 10) }

    private mutating func panel(y: Double, height: Double, top: Double, name: String) {
        text += "<g stroke=\"#ccc\" stroke-width=\"0.5\">"
        for part in 0...4 {
            let at = y + height * Double(part) / 4
            text += "<path d=\"M\(Int(Self.left)) \(Int(at))H\(Int(Self.width - 10))\"/>"
        }
        text += "</g>\n"
        for part in [0.0, 2, 4] {
            let value = top * (4 - part) / 4
            let told = top < 10 ? one(value) : "\(Int(value))"
            text += "<text x=\"4\" y=\"\(Int(y + height * part / 4 + 4))\">\(told)</text>"
        }
        text += "<text x=\"\(Int(Self.width - 46))\" y=\"\(Int(y - 3))\">\(name)</text>\n"
    }

    private mutating func line(
        _ flow: MediaFlow, y: Double, height: Double, top: Double, colour: String, dash: Bool,
        value: (FlowSample) -> Double
    ) {
        let step = max(1, flow.samples.count / Self.points)
        var path = ""
        var start = 0
        while start < flow.samples.count {
            let part = flow.samples[start..<min(start + step, flow.samples.count)]
            let mean = part.reduce(0) { $0 + value($1) } / Double(part.count)
            let height = y + height * (1 - min(mean / top, 1))
            path += "\(path.isEmpty ? "M" : "L")\(one(x(flow.samples[start].at))) \(one(height))"
            start += step
        }
        text += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1\""
        text += dash ? " stroke-dasharray=\"4 2\"/>\n" : "/>\n"
    }

    /// A bar per flow, with a piece per stretch of one state.
    private mutating func states() {
        for (index, flow) in flows.enumerated() {
            let y = 360 + Double(index) * 9
            var begun: (colour: String, at: Double)?
            for sample in flow.samples {
                let colour: String? =
                    switch (sample.usage, sample.limit) {
                    case (.overuse, _): "#d62728"
                    case (.underuse, _): "#1f77b4"
                    case (.normal, .loss): "#ff7f0e"
                    default: nil
                    }
                guard colour != begun?.colour else { continue }
                if let begun { bar(begun.colour, from: begun.at, to: sample.at, y: y) }
                begun = colour.map { ($0, sample.at) }
            }
        }
    }

    private mutating func bar(_ colour: String, from: Double, to: Double, y: Double) {
        let width = max(x(to) - x(from), 0.7)
        text += "<path d=\"M\(one(x(from))) \(one(y))h\(one(width))v7h-\(one(width))z\" fill=\"\(colour)\"/>\n"
    }

    private func one(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
