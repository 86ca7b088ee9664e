import CongestionBed
import CongestionControl
import Glibc
import Primitives

/// Runs the cases of Docs/CongestionControl.md and writes its table and pictures, or prints one run.
///
///     congestion-cases [--seeds 20] [--write] [CASE...]
///     congestion-cases --trace CASE [SEED]
///     congestion-cases --replay FILE [SVG]
@main
struct CongestionCases {
    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        var seeds = 20
        if let at = words.firstIndex(of: "--seeds"), at + 1 < words.count {
            seeds = Int(words[at + 1]) ?? seeds
            words.removeSubrange(at...(at + 1))
        }
        if words.first == "--trace", words.count > 1 {
            return trace(words[1], seed: words.dropFirst(2).first.flatMap { UInt64($0) } ?? 1)
        }
        if words.first == "--replay", words.count > 1 {
            return replay(words[1], svg: words.dropFirst(2).first ?? words[1] + ".svg")
        }
        let writes = words.contains("--write")
        words.removeAll { $0 == "--write" }
        let cases = CongestionCase.all.filter { words.isEmpty || words.contains($0.id) }
        guard !cases.isEmpty else {
            print("expected the names of cases, got \(words); there are: \(CongestionCase.all.map(\.id))")
            exit(2)
        }
        var rows = ["| case | | goal | median | worst | |", "|---|---|---|---|---|---|"]
        for one in cases {
            rows += report(one, seeds: seeds, writes: writes)
            fflush(nil)
        }
        // Some cases alone are no table; their pictures are new.
        if writes, words.isEmpty { replaceTable(rows.joined(separator: "\n")) }
    }

    /// Runs a case with all seeds.
    ///
    /// - Returns: its rows of the table.
    private static func report(_ one: CongestionCase, seeds: Int, writes: Bool) -> [String] {
        var runs: [[Figure]] = []
        for seed in 1...UInt64(seeds) {
            let (bed, figures) = one.run(seed: seed)
            runs.append(figures)
            if seed == 1, writes {
                let chart = CaseChart(title: "\(one.id): \(one.title)", bed: bed, duration: one.duration)
                write(chart.svg, to: "Docs/CongestionControl/\(one.id).svg")
            }
        }
        var rows: [String] = []
        for (index, figure) in runs[0].enumerated() {
            let values = runs.map { $0[index].value }.sorted()
            let median = (values[seeds / 2] + values[(seeds - 1) / 2]) / 2
            let worst = figure.worst(of: values)
            let verdict: String =
                switch figure.goal {
                case .none: ""
                default: figure.reaches(median) && figure.reachesHalf(worst) ? "yes" : "**no**"
                }
            let name = index == 0 ? "[\(one.id)](CongestionControl/\(one.id).svg) \(one.title)" : ""
            let row =
                "| \(name) | \(figure.name)\(figure.unit.isEmpty ? "" : ", \(figure.unit)") | \(told(figure.goal)) "
                + "| \(told(median)) | \(told(worst)) | \(verdict) |"
            print(row)
            rows.append(row)
        }
        return rows
    }

    private static func trace(_ id: String, seed: UInt64) {
        guard let one = CongestionCase.all.first(where: { $0.id == id }) else {
            print("expected the name of a case, got \(id); there are: \(CongestionCase.all.map(\.id))")
            exit(2)
        }
        let (bed, figures) = one.run(seed: seed)
        for figure in figures { print(figure.name, told(figure.value)) }
        print(
            "flow,s,capacity,estimate,delay,loss,acknowledged,sent,padding,usage,limit,T,g,r,queue,rtt,lost,lag,layer")
        for (index, flow) in bed.media.enumerated() {
            for s in flow.samples {
                let numbers = [
                    s.at, s.capacity, s.estimate, s.delayEstimate, s.lossEstimate, s.acknowledged, s.sent, s.padding,
                ]
                let states = [
                    s.trend, s.threshold, s.residual, s.queue, s.roundTrip, s.loss * 100, s.lag, Double(s.layer),
                ]
                print(
                    "\(index),\(numbers.map(told).joined(separator: ",")),\(s.usage),\(s.limit),"
                        + states.map(told).joined(separator: ","))
            }
        }
    }

    /// Runs a recorded trace again, says whether the same is decided, and draws it.
    private static func replay(_ path: String, svg: String) {
        let replay: TraceReplay
        do throws(TraceReplay.Problem) { replay = try TraceReplay(read(path)) } catch {
            print("\(path), \(error)")
            exit(1)
        }
        print(
            "\(told(replay.samples.last?.at ?? 0)) s, \(replay.packets) packets, \(replay.lost) lost, "
                + "\(replay.compared) decisions")
        if let line = replay.firstDifference {
            print("from line \(line) on this version decides otherwise than the one that wrote the trace")
        } else {
            print("all decisions are those of the trace")
        }
        write(ReplayChart(title: path, replay: replay).svg, to: svg)
        print("drawn in \(svg)")
    }

    private static func told(_ goal: Figure.Goal) -> String {
        switch goal {
        case .atLeast(let least): ">= \(told(least))"
        case .atMost(let most): "<= \(told(most))"
        case .within(let range): "\(told(range.lowerBound)) to \(told(range.upperBound))"
        case .none: ""
        }
    }

    private static func told(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let hundredths = Int((abs(value) * (abs(value) < 10 ? 100 : 10)).rounded()) * (abs(value) < 10 ? 1 : 10)
        let sign = value < 0 && hundredths > 0 ? "-" : ""
        let (whole, part) = (hundredths / 100, hundredths % 100)
        if part == 0 { return "\(sign)\(whole)" }
        return part % 10 == 0 ? "\(sign)\(whole).\(part / 10)" : "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
    }

    // MARK: Files

    private static let page = "Docs/CongestionControl.md"
    private static let begin = "<!-- cases: written by `make cc` -->"
    private static let end = "<!-- end of cases -->"

    private static func replaceTable(_ table: String) {
        let text = read(page)
        guard let (before, rest) = split(text, at: begin), let (_, after) = split(rest, at: end) else {
            print("expected the marks \(begin) and \(end) in \(page); run this in the repository's root")
            exit(1)
        }
        write(before + begin + "\n" + table + "\n" + end + after, to: page)
    }

    private static func split(_ text: String, at mark: String) -> (String, String)? {
        let (octets, wanted) = (Array(text.utf8), Array(mark.utf8))
        var place = 0
        while place + wanted.count <= octets.count {
            if octets[place..<place + wanted.count].elementsEqual(wanted) {
                return (
                    String(decoding: octets[..<place], as: UTF8.self),
                    String(decoding: octets[(place + wanted.count)...], as: UTF8.self)
                )
            }
            place += 1
        }
        return nil
    }

    private static func read(_ path: String) -> String {
        guard let file = unsafe fopen(path, "r") else { return "" }
        defer { unsafe fclose(file) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: octets, as: UTF8.self) }
            octets += buffer[..<count]
        }
    }

    private static func write(_ text: String, to path: String) {
        guard let file = unsafe fopen(path, "w") else {
            print("expected to write \(path) and could not (errno \(errno)); run this in the repository's root")
            exit(1)
        }
        defer { unsafe fclose(file) }
        var octets = Array(text.utf8)
        _ = unsafe fwrite(&octets, 1, octets.count, file)
    }
}
