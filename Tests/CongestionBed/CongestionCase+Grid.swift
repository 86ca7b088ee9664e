import Primitives

/// The delays, losses and queues of RFC 8868 section 4, on 2 Mbit/s.
extension CongestionCase {
    package static let grid: [CongestionCase] = [0.0, 1, 5, 10, 20].map { loss in
        CongestionCase(
            "grid-\(Int(loss))", "\(Int(loss)) % loss; one way 1, 50, 150, 300 ms; queues of 70, 300, 1,000 ms",
            duration: 60
        ) { seed in
            // One flow per delay and queue, each on links of its own.
            var links: [BottleneckLink] = []
            var routes: [(route: Int, back: Int)] = []
            for delay in [1, 50, 150, 300] {
                for queue in [70.0, 300, 1_000] {
                    routes.append((links.count, links.count + 1))
                    links.append(
                        BottleneckLink(
                            capacity: CapacitySchedule([(0, 2)]), queue: queue, latency: .milliseconds(delay),
                            jitter: 5,
                            loss: loss / 100, seed: seed &+ UInt64(links.count)))
                    links.append(
                        BottleneckLink(
                            capacity: CapacitySchedule([(0, 100)]), latency: .milliseconds(delay), jitter: 5,
                            seed: seed &+ UInt64(links.count)))
                }
            }
            let bed = CongestionTestBed(links: links, seed: seed)
            for (route, back) in routes {
                bed.add(MediaSource(.following(30...4_000)), end: 60, route: [route], back: [back])
            }
            return bed
        } figures: { bed in
            let used = bed.media.map { $0.utilisation(20, 60) }
            return [
                Figure("least used of twelve", "%", used.min() ?? 0, loss <= 5 ? .atLeast(50) : .none),
                Figure("most loss beyond the path's", "%", (bed.media.map(\.lossPercent).max() ?? 0) - loss, .none),
            ]
        }
    }
}
