import Foundation

extension LoadReport {
    /// An SVG with two charts: the distribution of the one-way latency, and the rate over time.
    package func plot() -> String {
        let latency = Chart(
            title: "One-way latency of video packets: share below", xLabel: "ms (logarithmic)", yLabel: "%",
            points: latencyDistribution.compactMap { $0.count == 2 ? ($0[0], $0[1] * 100) : nil }, isLogarithmic: true)
        let rates = Chart(
            title: "Received by all viewers", xLabel: "s since the first join", yLabel: "Mbit/s",
            points: rate.map { ($0.at, $0.megabitsPerSecond) }, isLogarithmic: false)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="900" height="340" viewBox="0 0 900 340" \
            font-family="sans-serif" font-size="12">
            <rect width="900" height="340" fill="white"/>
            <g transform="translate(0,0)">\(latency.svg)</g>
            <g transform="translate(450,0)">\(rates.svg)</g>
            </svg>

            """
    }
}

/// One line chart of 450 by 340 pixels.
struct Chart {
    let title: String
    let xLabel: String
    let yLabel: String
    let points: [(Double, Double)]
    let isLogarithmic: Bool

    private static let plot = (left: 60.0, top: 40.0, width: 360.0, height: 240.0)

    var svg: String {
        let plot = Self.plot
        let xs = points.map(\.0).filter { !isLogarithmic || $0 > 0 }
        let low = isLogarithmic ? max(xs.min() ?? 0.01, 0.001) : 0
        let high = max(xs.max() ?? 1, low * 1.001 + 0.001)
        let top = max(points.map(\.1).max() ?? 1, 0.001) * (isLogarithmic ? 1 : 1.1)
        func place(_ x: Double) -> Double {
            let share = isLogarithmic ? log(max(x, low) / low) / log(high / low) : (x - low) / (high - low)
            return plot.left + share * plot.width
        }
        func height(_ y: Double) -> Double { plot.top + plot.height * (1 - y / top) }
        var parts = [
            #"<text x="\#(plot.left)" y="24" font-size="14">\#(title)</text>"#,
            #"<rect x="\#(plot.left)" y="\#(plot.top)" width="\#(plot.width)" height="\#(plot.height)" "#
                + #"fill="none" stroke="gray"/>"#,
            #"<text x="\#(plot.left + plot.width / 2)" y="325" text-anchor="middle">\#(xLabel)</text>"#,
            #"<text x="14" y="\#(plot.top - 8)">\#(yLabel)</text>"#,
        ]
        for step in 0...4 {
            let value = top * Double(step) / 4
            let y = height(value)
            parts.append(
                #"<line x1="\#(plot.left)" x2="\#(plot.left + plot.width)" y1="\#(y)" y2="\#(y)" stroke="lightgray"/>"#)
            parts.append(#"<text x="\#(plot.left - 6)" y="\#(y + 4)" text-anchor="end">\#(Self.label(value))</text>"#)
            let share = Double(step) / 4
            let x = isLogarithmic ? low * pow(high / low, share) : low + (high - low) * share
            parts.append(
                #"<text x="\#(place(x))" y="\#(plot.top + plot.height + 18)" text-anchor="middle">\#(Self.label(x))</text>"#
            )
        }
        let line = points.map { "\(Self.coordinate(place($0.0))),\(Self.coordinate(height($0.1)))" }
        parts.append(
            #"<polyline fill="none" stroke="steelblue" stroke-width="2" points="\#(line.joined(separator: " "))"/>"#)
        return parts.joined(separator: "\n")
    }

    private static func label(_ value: Double) -> String {
        value >= 100
            ? String(format: "%.0f", value) : value >= 1 ? String(format: "%.1f", value) : String(format: "%.2f", value)
    }

    private static func coordinate(_ value: Double) -> String { String(format: "%.1f", value) }
}
