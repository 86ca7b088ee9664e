import Primitives
import Testing

@testable import CongestionControl

@Suite struct RateTests {
    @Test func theAcknowledgedRateIsTheLesserOfSentAndReceived() throws {
        var rate = AcknowledgedRate()
        // 1,200 octets each 10 ms are 0.96 Mbit/s; they arrive squeezed into half the time.
        for packet in 0..<200 {
            let sent = Double(packet) * 10
            rate.add(octets: 1_200, sentAt: at(sent), arrival: at(5_000 + sent / 2))
        }
        rate.refresh()
        #expect(abs(try #require(rate.rate) / 1e6 - 0.96) < 0.01)
    }

    @Test func thereIsNoRateBeforeTenPackets() {
        var rate = AcknowledgedRate()
        for packet in 0..<9 {
            rate.add(octets: 1_200, sentAt: at(Double(packet) * 10), arrival: at(Double(packet) * 10))
        }
        rate.refresh()
        #expect(rate.rate == nil)
    }

    @Test func theRecentRateSeesAFallAtOnce() throws {
        var rate = AcknowledgedRate()
        for packet in 0..<200 {
            rate.add(octets: 1_200, sentAt: at(Double(packet) * 5), arrival: at(Double(packet) * 5))
        }
        // Arrives at a quarter of the rate from now on.
        for packet in 0..<20 {
            rate.add(octets: 1_200, sentAt: at(1_000 + Double(packet) * 5), arrival: at(1_000 + Double(packet) * 20))
        }
        rate.refresh()
        #expect(try #require(rate.recentRate) < 0.6e6)
        rate.refresh()
        #expect(try #require(rate.rate) > 1e6)
    }

    @Test func oneStallDoesNotLowerTheRate() throws {
        var rate = AcknowledgedRate()
        for packet in 0..<100 {
            let sent = Double(packet) * 10
            rate.add(octets: 1_200, sentAt: at(sent), arrival: at(sent < 500 ? sent : sent + 300))
        }
        rate.refresh()
        #expect(try #require(rate.rate) > 0.85e6)
    }

    /// Each rate is what a walk through all packets gives, whatever comes late, twice or after a pause.
    @Test func theRatesAreThoseOfAWalkThroughAllPackets() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var rate = AcknowledgedRate()
            var walk = WalkedRate()
            var (sent, arrived) = (0.0, 50.0)
            for packet in 0..<3_000 {
                sent += Double.random(in: 0...12, using: &generator)
                arrived = max(arrived, sent + 50) + Double.random(in: 0...4, using: &generator)
                if packet % 700 == 699 {
                    let pause = Double.random(in: 100...(seed % 3 == 0 ? 7_000 : 900), using: &generator)
                    sent += pause
                    arrived += pause
                }
                // Some were sent before those that arrived earlier.
                let early = packet % 11 == 0 ? Double.random(in: 0...150, using: &generator) : 0
                let octets = Int.random(in: 60...1_200, using: &generator)
                rate.add(octets: octets, sentAt: at(sent - early), arrival: at(arrived))
                walk.add(octets: octets, sentAt: at(sent - early), arrival: at(arrived))
                guard packet % 7 == 0 else { continue }
                rate.refresh()
                let expected = [
                    walk.rate(.window, AcknowledgedRate.minimumPackets),
                    walk.rate(.recentWindow, AcknowledgedRate.recentPackets),
                    walk.rate(.longWindow, AcknowledgedRate.minimumPackets),
                ]
                let found = [rate.rate, rate.recentRate, rate.longRate]
                for (one, other) in zip(found, expected) {
                    #expect((one == nil) == (other == nil))
                    #expect(abs((one ?? 0) - (other ?? 0)) < 1, "seed \(seed), packet \(packet)")
                }
            }
        }
    }

    @Test func capacityIsForgottenWhereTheLinkIsAnother() {
        var capacity = LinkCapacity()
        for _ in 0..<5 { capacity.noteOveruse(acknowledged: 1e6) }
        capacity.check(acknowledged: 1.02e6)
        #expect(capacity.estimate == 1e6)
        capacity.check(acknowledged: 2e6)
        #expect(capacity.estimate == nil)
    }

    @Test func overuseLowersToWhatThePathHasJustCarried() {
        var control = RateControl(start: 2e6)
        control.update(input(.overuse, acknowledged: 1.9e6, recent: 1e6, residual: 60), now: at(1_000))
        #expect(abs(control.estimate - 0.86e6) < 1e3)
        // Not again before it can show.
        control.update(input(.overuse, acknowledged: 1.5e6, recent: 0.8e6, residual: 80), now: at(1_100))
        #expect(abs(control.estimate - 0.86e6) < 1e3)
    }

    @Test func anIdleSenderIsNotPunishedForWhatItDidNotSend() {
        var control = RateControl(start: 2e6)
        control.update(input(.overuse, acknowledged: 0.3e6, recent: 0.3e6, residual: 20), now: at(1_000))
        #expect(control.estimate == 1.4e6)
    }

    @Test func whatIsNotSentProvesNothing() {
        var control = RateControl(start: 1e6)
        for step in 0..<100 {
            control.update(input(.normal, acknowledged: 0.5e6, recent: 0.5e6, residual: 0), now: at(Double(step) * 50))
        }
        #expect(control.estimate == 1e6)
        for step in 100..<140 {
            control.update(input(.normal, acknowledged: 1e6, recent: 1e6, residual: 0), now: at(Double(step) * 50))
        }
        #expect(control.estimate > 1.2e6)
    }

    private func input(
        _ usage: OveruseDetector.Usage, acknowledged: Double, recent: Double, residual: Double
    ) -> RateControl.Input {
        RateControl.Input(
            usage: usage, acknowledged: acknowledged, recent: recent, used: acknowledged, residual: residual,
            roundTrip: .milliseconds(100), isCompeting: false, loss: 0, isApplicationLimited: false)
    }
}

/// What `AcknowledgedRate` says, from all packets since the last long pause.
private struct WalkedRate {
    private struct Bucket {
        var packets: [(octets: Int, sent: Int64, arrived: Int64)] = []
        /// The longest time without an arrival that ended in it.
        var gap: Int64 = 0
    }

    enum Window {
        case window, recentWindow, longWindow

        var length: Int64 {
            switch self {
            case .window: Int64(AcknowledgedRate.window)
            case .recentWindow: Int64(AcknowledgedRate.recentWindow)
            case .longWindow: Int64(AcknowledgedRate.longWindow)
            }
        }
    }

    private var buckets: [Bucket] = []
    private var last: Int64 = 0

    mutating func add(octets: Int, sentAt: MonotonicInstant, arrival: MonotonicInstant) {
        let (sent, arrived) = (sentAt.nanoseconds / 1_000, arrival.nanoseconds / 1_000)
        if arrived - last > Int64(AcknowledgedRate.longestWindow) { buckets = [] }
        let gap = buckets.isEmpty ? 0 : arrived - last
        last = arrived
        if let first = buckets.last?.packets.first, arrived - first.arrived < 50_000 {
            buckets[buckets.count - 1].packets.append((octets, sent, arrived))
            buckets[buckets.count - 1].gap = max(buckets[buckets.count - 1].gap, gap)
        } else {
            buckets.append(Bucket(packets: [(octets, sent, arrived)], gap: gap))
        }
        if buckets.count > 44 { buckets.removeFirst() }
    }

    func rate(_ window: Window, _ needed: Int) -> Double? {
        var seen: [Bucket] = []
        var packets = 0
        for bucket in buckets.reversed() {
            let age = last - bucket.packets[0].arrived
            if age > Int64(AcknowledgedRate.longestWindow) || age > window.length && packets >= needed { break }
            seen.append(bucket)
            packets += bucket.packets.count
        }
        let all = seen.reversed().flatMap(\.packets)
        guard let first = all.first, all.count >= min(needed, AcknowledgedRate.firstPackets) else { return nil }
        let gaps = seen.dropLast().map(\.gap).sorted(by: >)
        let outlier = (gaps.first ?? 0) - (gaps.dropFirst().first ?? 0)
        let octets = all.reduce(0) { $0 + $1.octets }
        let newest = all.reduce(first) { $1.sent >= $0.sent ? $1 : $0 }
        let least = all.map(\.sent).min() ?? 0
        let (arriving, sending) = (last - first.arrived - outlier, newest.sent - least)
        guard arriving > 0, sending > 0 else { return nil }
        return min(
            Double(octets - first.octets) * 8e6 / Double(arriving),
            Double(octets - newest.octets) * 8e6 / Double(sending))
    }
}
