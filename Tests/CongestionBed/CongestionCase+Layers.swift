import CongestionControl
import Primitives

/// Simulcast publishers of 150, 500 and 1,700 kbit/s, whose layers the allocator chooses.
extension CongestionCase {
    private static let rates = [150.0, 500, 1_700]

    private static func viewer(
        _ steps: [(Double, Double)], seed: UInt64, end: Double, priorities: [UInt8] = [0]
    ) -> CongestionTestBed {
        let bed = bed(steps, seed: seed)
        bed.add(
            MediaSource(.ladder(rates, priorities: priorities), keyframes: (every: 10, factor: 6)), end: end)
        return bed
    }

    package static let layers: [CongestionCase] =
        [
            CongestionCase("layers-rise", "one slot, 0.25 for 30 s, then 4 Mbit/s", duration: 60) { seed in
                viewer([(0, 0.25), (30, 4)], seed: seed, end: 60)
            } figures: {
                [Figure("to the largest layer", "s", $0.media[0].time(from: 30) { $0.layer == 2 }, .atMost(8))]
            },
            CongestionCase("layers-back", "one slot, 0.05 for 30 s, then 2 Mbit/s", duration: 60) { seed in
                viewer([(0, 2), (10, 0.05), (40, 2)], seed: seed, end: 60)
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("paused after", "s", flow.time(from: 10) { $0.layer == -1 }, .none),
                    Figure("picture after", "s", flow.time(from: 40) { $0.layer >= 0 }, .atMost(3)),
                ]
            },
            CongestionCase("layers-changing", "three slots, 3, 0.6, 3 Mbit/s", duration: 90) { seed in
                viewer([(0, 3), (30, 0.6), (60, 3)], seed: seed, end: 90, priorities: [64, 0, 0])
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("used at 3", "%", flow.utilisation(10, 30), .none),
                    Figure("queue p95 3 s after 0.6", "ms", flow.queue(33, 60), .atMost(60)),
                    Figure("video of 3 Mbit/s again", "s", flow.time(from: 60, untilReceiving: 1.8), .none),
                    Figure("audio loss", "%", flow.audioLossPercent, .atMost(2)),
                ]
            },
            CongestionCase("6.1", "three slots on 4 Mbit/s, the first of twice the priority", duration: 60) { seed in
                viewer([(0, 4)], seed: seed, end: 60, priorities: [64, 0, 0])
            } figures: { bed in
                let rates = (0..<3).map { slot in
                    bed.media[0].slotRates.filter { $0.at > 20 }.reduce(0) { $0 + $1.rates[slot] }
                }
                return [
                    Figure("first by second", "", rates[0] / max(rates[1], 0.001), .atLeast(1.5)),
                    Figure("second by third", "", rates[1] / max(rates[2], 0.001), .within(0.5...2)),
                ]
            },
        ]
        + [("layers-constant", 3.0, 1.0), ("layers-border", 0.65, 2.0)].map { id, capacity, changes in
            CongestionCase(id, "one slot, \(capacity) Mbit/s", duration: 130) { seed in
                viewer([(0, capacity)], seed: seed, end: 130)
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("changes a minute", "", flow.count(flow.layerChanges, 10, 130) / 2, .atMost(changes)),
                    Figure("queue p95", "ms", flow.queue(10, 130), .none),
                ]
            }
        }
}
