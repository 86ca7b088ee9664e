import CongestionControl
import Primitives

extension CongestionCase {
    /// One flow, one link.
    static func bed(
        _ steps: [(Double, Double)], seed: UInt64, queue: Double = 300, roundTrip: Int64 = 100, jitter: Double = 0,
        loss: Double = 0
    ) -> CongestionTestBed {
        CongestionTestBed(
            links: [
                BottleneckLink(
                    capacity: CapacitySchedule(steps), queue: queue, latency: .milliseconds(roundTrip / 2),
                    jitter: jitter, loss: loss, seed: seed),
                BottleneckLink(
                    capacity: CapacitySchedule([(0, 100)]), latency: .milliseconds(roundTrip / 2), jitter: jitter,
                    seed: seed + 1),
            ], seed: seed)
    }

    /// Flows that meet no other.
    package static let single: [CongestionCase] =
        [
            CongestionCase("ramp-up", "3 Mbit/s, RTT 100", duration: 20) { seed in
                let bed = bed([(0, 3)], seed: seed)
                bed.add(MediaSource(.following(30...4_000)), end: 20)
                return bed
            } figures: {
                [Figure("to 2.5 Mbit/s", "s", $0.media[0].time(from: 0) { $0.estimate >= 2.5 }, .atMost(1))]
            },
            CongestionCase("ramp-up-unprobed", "3 Mbit/s, RTT 100, without probes", duration: 30) { seed in
                let bed = bed([(0, 3)], seed: seed)
                var settings = EstimatorSettings()
                settings.probes = false
                bed.add(MediaSource(.following(30...4_000)), settings: settings, end: 30)
                return bed
            } figures: {
                [Figure("to 2.5 Mbit/s", "s", $0.media[0].time(from: 0) { $0.estimate >= 2.5 }, .atMost(8))]
            },
            CongestionCase("steps", "0.5, then 0.8, then 0.1 Mbit/s", duration: 90) { seed in
                let bed = bed([(0, 0.5), (30, 0.8), (60, 0.1)], seed: seed)
                bed.add(MediaSource(.following(10...4_000)), end: 90)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("5 to 10 s after 0.5", "Mbit/s", flow.mean(\.estimate, 5, 10), .within(0.425...0.5)),
                    Figure("5 to 10 s after 0.8", "Mbit/s", flow.mean(\.estimate, 35, 40), .within(0.7...0.8)),
                    Figure("10 to 15 s after 0.1", "Mbit/s", flow.mean(\.estimate, 70, 75), .within(0.075...0.1)),
                ]
            },
        ]
        + [1.0, 2.0, 4.0].map { capacity in
            CongestionCase("steady-\(Int(capacity))", "\(Int(capacity)) Mbit/s", duration: 70) { seed in
                let bed = bed([(0, capacity)], seed: seed)
                bed.add(MediaSource(.following(30...8_000)), end: 70)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("used", "%", flow.utilisation(10, 70), .within(88...97)),
                    Figure("deviation of the estimate", "%", flow.sigma(\.estimate, 10, 70), .atMost(5)),
                    Figure("queue p95", "ms", flow.queue(10, 70), .atMost(60)),
                ]
            }
        } + [
            CongestionCase("drop", "4, then 1 Mbit/s", duration: 40) { seed in
                let bed = bed([(0, 4), (20, 1)], seed: seed)
                bed.add(MediaSource(.following(30...8_000)), end: 40)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("to below 1 Mbit/s", "s", flow.time(from: 20) { $0.estimate < 1 }, .atMost(1)),
                    Figure("queue p95 after 2.5 s", "ms", flow.queue(22.5, 32.5), .atMost(50)),
                ]
            },
            CongestionCase("rise", "1, then 2.5 Mbit/s", duration: 40) { seed in
                let bed = bed([(0, 1), (20, 2.5)], seed: seed)
                bed.add(MediaSource(.following(30...8_000)), end: 40)
                return bed
            } figures: {
                [Figure("to 80 %", "s", $0.media[0].time(from: 20) { $0.estimate >= 2 }, .atMost(4))]
            },
            CongestionCase("random-loss", "2 Mbit/s, 10 % random loss, RTT 400", duration: 60) { seed in
                let bed = bed([(0, 2)], seed: seed, roundTrip: 400, loss: 0.1)
                bed.add(MediaSource(.following(30...4_000)), end: 60)
                return bed
            } figures: {
                [Figure("estimate after 30 s", "Mbit/s", $0.media[0].mean(\.estimate, 30, 60), .atLeast(1.2))]
            },
            CongestionCase("loss-ends", "2 Mbit/s, 20 % loss for 60 s, then none", duration: 90) { seed in
                let bed = bed([(0, 2)], seed: seed)
                bed.links[0].loss = [(.zero, 0.2), (.zero + .seconds(60), 0)]
                bed.add(MediaSource(.following(30...4_000)), end: 90)
                return bed
            } figures: {
                [
                    Figure("during", "Mbit/s", $0.media[0].mean(\.estimate, 20, 60), .none),
                    Figure("to 80 %", "s", $0.media[0].time(from: 60) { $0.estimate >= 1.6 }, .atMost(8)),
                ]
            },
            CongestionCase("keyframes", "2 Mbit/s, sent 1.6, keyframes of 8 frames every 2 s", duration: 75) { seed in
                let bed = bed([(0, 2)], seed: seed)
                bed.add(
                    MediaSource(.constant(1_540), variation: 0.35, keyframes: (every: 2, factor: 8)), end: 75)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("decreases in 60 s", "", flow.count(flow.decreases, 15, 75), .atMost(0)),
                    Figure("estimate", "Mbit/s", flow.mean(\.estimate, 15, 75), .none),
                ]
            },
            CongestionCase(
                "keyframes-plain",
                "the same with own bursts left in: 2 Mbit/s, sent 1.6, keyframes of 8 frames every 2 s", duration: 75
            ) { seed in
                let bed = bed([(0, 2)], seed: seed)
                var settings = EstimatorSettings()
                settings.removesSelfQueue = false
                bed.add(
                    MediaSource(.constant(1_540), variation: 0.35, keyframes: (every: 2, factor: 8)),
                    settings: settings, end: 75)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("decreases in 60 s", "", flow.count(flow.decreases, 15, 75), .none),
                    Figure("estimate", "Mbit/s", flow.mean(\.estimate, 15, 75), .none),
                ]
            },
            CongestionCase("cap-lifted", "3 Mbit/s, demand 0.25, then 2 Mbit/s", duration: 40) { seed in
                let bed = bed([(0, 3)], seed: seed)
                let flow = bed.add(MediaSource(.following(30...210)), end: 40)
                flow.changes = [(20, MediaSource(.following(30...2_000)))]
                return bed
            } figures: {
                [Figure("to 1.7 Mbit/s", "s", $0.media[0].time(from: 20) { $0.estimate >= 1.7 }, .atMost(3))]
            },
            CongestionCase("no-feedback", "2 Mbit/s, no feedback from 30 to 330 s", duration: 360) { seed in
                let bed = bed([(0, 2)], seed: seed)
                let flow = bed.add(MediaSource(.following(30...4_000)), end: 360)
                flow.silences = [30...330]
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("after 5 s", "Mbit/s", flow.mean(\.estimate, 35, 36), .atMost(0.1)),
                    Figure("to 80 % after", "s", flow.time(from: 330) { $0.estimate >= 1.6 }, .atMost(3)),
                ]
            },
            CongestionCase("stalls", "3 Mbit/s, stalls of 100 to 400 ms every 5 s", duration: 90) { seed in
                let bed = bed([(0, 3)], seed: seed)
                var generator = SeededGenerator(seed: seed)
                bed.links[0].capacity.stall(every: 5, until: 90, generator: &generator)
                bed.add(MediaSource(.following(30...8_000)), end: 90)
                return bed
            } figures: {
                [Figure("used", "%", $0.media[0].utilisation(10, 90), .atLeast(60))]
            },
            CongestionCase(
                "jitter", "2 Mbit/s, RFC 8868 jitter, clock off by 100 ppm, send times late by up to 10 ms",
                duration: 90
            ) {
                seed in
                let bed = bed([(0, 2)], seed: seed, jitter: 5)
                let flow = bed.add(MediaSource(.following(30...8_000)), end: 90)
                flow.drift = 1e-4
                flow.sendTimeError = 10
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("used", "%", flow.utilisation(10, 90), .atLeast(80)),
                    Figure("queue p95", "ms", flow.queue(10, 90), .atMost(90)),
                ]
            },
            CongestionCase("policer", "policer of 1 Mbit/s, burst 20 kB, on 10 Mbit/s", duration: 60) { seed in
                let bed = bed([(0, 10)], seed: seed)
                bed.links[0].policer = BottleneckLink.Policer(bitsPerSecond: 1e6, burstOctets: 20_000)
                bed.add(MediaSource(.following(30...4_000)), end: 60)
                return bed
            } figures: {
                let flow = $0.media[0]
                return [
                    Figure("received", "Mbit/s", flow.mean(\.received, 20, 60), .atLeast(0.6)),
                    Figure("loss", "%", flow.mean(\.loss, 20, 60) * 100, .atMost(10)),
                ]
            },
        ]
}
