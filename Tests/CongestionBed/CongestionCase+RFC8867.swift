import CongestionControl
import Primitives

/// The test cases of RFC 8867: one way 50 ms, a queue of 300 ms, jitter of RFC 8868, video of 150 kbit/s to 1.5 Mbit/s that
/// follows within 100 ms, audio of 20 kbit/s.
extension CongestionCase {
    /// What a flow can use at most, with headers, in Mbit/s.
    private static let usable = 1.61
    private static var source: MediaSource { MediaSource(.following(150...1_500)) }

    private static func bed(
        _ forward: [(Double, Double)], back: [(Double, Double)] = [(0, 100)], queue: Double = 300,
        latency: Int64 = 50, seed: UInt64
    ) -> CongestionTestBed {
        CongestionTestBed(
            links: [
                BottleneckLink(
                    capacity: CapacitySchedule(forward), queue: queue, latency: .milliseconds(latency), jitter: 5,
                    seed: seed),
                BottleneckLink(
                    capacity: CapacitySchedule(back), queue: queue, latency: .milliseconds(latency), jitter: 5,
                    seed: seed + 1),
            ], seed: seed)
    }

    /// Received by several flows over what they can use, in percent.
    private static func used(_ flows: [MediaFlow], _ from: Double, _ to: Double) -> Double {
        let got = flows.reduce(0) { $0 + $1.mean(\.received, from, to) }
        let could = flows[0].mean({ min($0.capacity, usable * Double(flows.count)) }, from, to)
        return got / could * 100
    }

    private static func ratio(_ flows: [MediaFlow], _ from: Double, _ to: Double) -> Double {
        let rates = flows.map { $0.mean(\.received, from, to) }
        return (rates.max() ?? 0) / max(rates.min() ?? 0, 0.001)
    }

    package static let rfc8867: [CongestionCase] =
        [
            CongestionCase("5.1", "one flow, capacity 1, 2.5, 0.6, 1 Mbit/s", duration: 100) { seed in
                let bed = bed([(0, 1), (40, 2.5), (60, 0.6), (80, 1)], seed: seed)
                bed.add(source, end: 99)
                return bed
            } figures: {
                let flow = $0.media[0]
                let settling = [(0.0, 40.0, 1.0), (40, 60, usable), (60, 80, 0.6), (80, 99, 1.0)].map {
                    flow.settling(from: $0.0, to: $0.1, wanted: $0.2, within: 0.2)
                }
                return [
                    Figure("used", "%", flow.utilisation(2, 99, usable: usable), .atLeast(85)),
                    Figure("queue p95", "ms", flow.queue(2, 99), .atMost(90)),
                    Figure("loss", "%", flow.lossPercent, .atMost(1)),
                    Figure("slowest step", "s", settling.max() ?? 99, .atMost(4)),
                ]
            },
            CongestionCase("5.2", "two flows, capacity 4, 2, 3.5, 1, 2 Mbit/s", duration: 125) { seed in
                let bed = bed([(0, 4), (25, 2), (50, 3.5), (75, 1), (100, 2)], seed: seed)
                for _ in 0..<2 { bed.add(source, end: 125) }
                return bed
            } figures: { bed in
                let ratios = [5.0, 30, 55, 80, 105].map { ratio(bed.media, $0, $0 + 20) }
                return [
                    Figure("used", "%", used(bed.media, 5, 125), .atLeast(85)),
                    Figure("largest ratio", "", ratios.max() ?? 99, .atMost(2)),
                    Figure("queue p95", "ms", bed.media[0].queue(5, 125), .atMost(120)),
                ]
            },
            CongestionCase("5.3", "both ways; forward 2, 1, 0.5, 2; back 2, 0.8, 2 Mbit/s", duration: 100) { seed in
                let bed = bed([(0, 2), (20, 1), (40, 0.5), (60, 2)], back: [(0, 2), (35, 0.8), (70, 2)], seed: seed)
                bed.add(source, end: 99)
                bed.add(source, end: 99, route: [1], back: [0])
                return bed
            } figures: { bed in
                [
                    Figure("used forward", "%", bed.media[0].utilisation(5, 99, usable: usable), .atLeast(75)),
                    Figure("used back", "%", bed.media[1].utilisation(5, 99, usable: usable), .atLeast(75)),
                    Figure("longest stall", "s", bed.media.map { $0.longestStall(1, 99) }.max() ?? 99, .atMost(1)),
                ]
            },
            CongestionCase("5.4", "three flows from 0, 20, 40 s on 3.5 Mbit/s", duration: 120) { seed in
                let bed = bed([(0, 3.5)], seed: seed)
                for start in [0.0, 20, 40] { bed.add(source, start: start, end: 119) }
                return bed
            } figures: { bed in
                [
                    Figure(
                        "fairness, last 40 s", "", fairness(bed.media.map { $0.mean(\.received, 79, 119) }),
                        .atLeast(0.9)),
                    Figure("used from 40 s", "%", used(bed.media, 45, 119), .atLeast(88)),
                    Figure(
                        "newcomer to half its share", "s", bed.media[2].time(from: 40, untilReceiving: 3.5 / 6),
                        .atMost(15)),
                    Figure("queue p95", "ms", bed.media[0].queue(45, 119), .none),
                ]
            },
            CongestionCase("5.5", "five flows of RTT 20 to 300 on 4 Mbit/s", duration: 300) { seed in
                let bed = bed([(0, 4)], latency: 0, seed: seed)
                for (index, way) in [10, 25, 50, 100, 150].enumerated() {
                    bed.add(source, start: Double(index) * 10, end: 299, extra: .milliseconds(way))
                }
                return bed
            } figures: { bed in
                [
                    Figure("largest by least, last 100 s", "", ratio(bed.media, 199, 299), .atMost(3)),
                    Figure("used from 50 s", "%", used(bed.media, 50, 299), .atLeast(80)),
                    Figure("queue p95", "ms", bed.media[0].queue(50, 299), .none),
                ]
            },
        ]
        + [300.0, 1_000.0].map { queue in
            CongestionCase(
                queue == 300 ? "5.6" : "5.6-bloat", "against a long TCP flow (CUBIC), 2 Mbit/s, queue \(Int(queue)) ms",
                duration: 120
            ) { seed in
                let bed = bed([(0, 2)], queue: queue, seed: seed)
                bed.compete(.cubic, end: 119)
                bed.add(source, start: 5, end: 119)
                return bed
            } figures: { bed in
                [
                    Figure(
                        "media", "Mbit/s", bed.media[0].mean(\.received, 20, 119),
                        .within((queue == 300 ? 0.2 : 0.15)...1.5)),
                    Figure("audio loss", "%", bed.media[0].audioLossPercent, .atMost(2)),
                    Figure("TCP", "Mbit/s", Double(bed.competing[0].octetsDelivered) * 8e-6 / 119, .none),
                ]
            }
        } + [
            CongestionCase("5.7", "two flows against ten short TCP flows, 2 Mbit/s", duration: 300) { seed in
                let bed = bed([(0, 2)], seed: seed)
                for _ in 0..<2 { bed.add(source, start: 5, end: 299) }
                for index in 0..<10 {
                    bed.compete(
                        .cubic, downloads: (30_000...50_000, 10), start: index < 2 ? 0 : Double(index), end: 299)
                }
                return bed
            } figures: { bed in
                let rates = bed.media.map { $0.mean(\.received, 15, 299) }
                return [
                    Figure("lesser flow", "Mbit/s", rates.min() ?? 0, .atLeast(0.4)),
                    Figure("ratio", "", (rates.max() ?? 0) / max(rates.min() ?? 0, 0.001), .atMost(1.7)),
                    Figure("audio loss", "%", bed.media.map(\.audioLossPercent).max() ?? 0, .none),
                ]
            },
            CongestionCase("5.8", "three flows on 3.5 Mbit/s, one paused from 40 to 60 s", duration: 120) { seed in
                let bed = bed([(0, 3.5)], seed: seed)
                for _ in 0..<3 { bed.add(source, end: 119) }
                bed.media[1].pauses = [40...60]
                return bed
            } figures: { bed in
                let others = [bed.media[0], bed.media[2]]
                var taken = 99.0
                for tenth in 0..<200 where taken == 99 {
                    let at = 40 + Double(tenth) / 10
                    let sum = others.reduce(0) { $0 + $1.mean(\.received, at, at + 1) }
                    if sum >= 0.8 * min(3.5, 2 * usable) { taken = at + 1 - 40 }
                }
                return [
                    Figure("others take 80 %", "s", taken, .atMost(10)),
                    Figure(
                        "resumed to half its share", "s", bed.media[1].time(from: 60, untilReceiving: 3.5 / 6),
                        .atMost(5)),
                    Figure("fairness, last 40 s", "", fairness(bed.media.map { $0.mean(\.received, 79, 119) }), .none),
                ]
            },
            CongestionCase("6.3", "a flow over two bottlenecks of 2 and 1.5 Mbit/s, each with one more", duration: 300)
            {
                seed in
                let bed = CongestionTestBed(
                    links: [
                        BottleneckLink(
                            capacity: CapacitySchedule([(0, 2)]), latency: .milliseconds(20), jitter: 5, seed: seed),
                        BottleneckLink(
                            capacity: CapacitySchedule([(0, 100)]), latency: .milliseconds(20), seed: seed + 1),
                        BottleneckLink(
                            capacity: CapacitySchedule([(0, 1.5)]), latency: .milliseconds(20), jitter: 5,
                            seed: seed + 2),
                    ], seed: seed)
                bed.add(source, end: 299, route: [0, 2], extra: .milliseconds(60))
                bed.add(source, end: 299, route: [0], extra: .milliseconds(20))
                bed.add(source, end: 299, route: [2], extra: .milliseconds(20))
                return bed
            } figures: {
                [Figure("long flow", "Mbit/s", $0.media[0].mean(\.received, 60, 299), .atLeast(0.375))]
            },
        ]
}
