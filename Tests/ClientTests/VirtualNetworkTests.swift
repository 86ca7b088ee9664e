import Primitives
import TestSupport
import Testing

/// The emulator is held to its own promises here, so that rooms may rely on it.
@Suite struct VirtualNetworkTests {
    private let a = TransportAddress(v4: 10, 0, 0, 1, port: 1)
    private let b = TransportAddress(v4: 10, 0, 0, 2, port: 2)

    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// Sends numbered datagrams, one a millisecond.
    private func run(
        _ conditions: LinkConditions, seed: UInt64 = 1, count: Int = 10_000, octets: Int = 100
    ) -> (network: VirtualNetwork, arrivals: [(number: Int, at: MonotonicInstant)]) {
        let network = VirtualNetwork(seed: seed, conditions: conditions)
        var arrivals: [(number: Int, at: MonotonicInstant)] = []
        for number in 0..<count {
            var datagram: [UInt8] = []
            datagram.append(bigEndian: UInt32(number))
            datagram.append(contentsOf: repeatElement(0, count: octets - 4))
            network.send(datagram, from: a, to: b, at: at(Int64(number)))
        }
        network.deliver(until: at(1_000_000)) { datagram in
            arrivals.append((Int((try? datagram.octets.span.uint32(at: 0)) ?? .max), datagram.at))
        }
        return (network, arrivals)
    }

    @Test func aPerfectNetworkDeliversAtOnceAndInOrder() {
        let (network, arrivals) = run(.perfect, count: 100)
        #expect(arrivals.map(\.number) == Array(0..<100))
        #expect(arrivals.allSatisfy { $0.at == at(Int64($0.number)) })
        #expect(network.figures == figures(sent: 100, delivered: 100))
    }

    private func figures(sent: Int, delivered: Int) -> VirtualNetwork.Figures {
        var figures = VirtualNetwork.Figures()
        figures.sent = sent
        figures.delivered = delivered
        return figures
    }

    @Test func latencyAndJitterDelayWithoutChangingTheOrder() {
        let (_, arrivals) = run(LinkConditions(latency: .milliseconds(30), jitter: .milliseconds(20)))
        #expect(arrivals.map(\.number) == Array(0..<10_000))
        let delays = arrivals.map { $0.at - at(Int64($0.number)) }
        #expect(delays.allSatisfy { $0 >= .milliseconds(30) && $0 <= .milliseconds(50) })
        #expect(Set(delays).count > 1_000)
    }

    @Test func lossIsAsOftenAsItsProbability() {
        let (network, arrivals) = run(LinkConditions(loss: 0.2))
        #expect((1_850...2_150).contains(network.figures.lost))
        #expect(arrivals.count == 10_000 - network.figures.lost)
    }

    @Test func burstsLoseNeighbours() {
        let (_, arrivals) = run(LinkConditions(burst: .init(begin: 0.01, end: 0.2)))
        let received = Set(arrivals.map(\.number))
        let lost = (0..<10_000).filter { !received.contains($0) }
        let bursts = lost.count { !lost.contains($0 - 1) }
        #expect((300...700).contains(lost.count))
        #expect(Double(lost.count) / Double(bursts) > 3.5)
    }

    @Test func reorderingAndDuplicationAreCounted() {
        let (network, arrivals) = run(LinkConditions(reordering: 0.1, duplication: 0.05))
        let overtaken = zip(arrivals, arrivals.dropFirst()).count { $0.number > $1.number }
        #expect((700...1_300).contains(overtaken))
        #expect((400...600).contains(network.figures.duplicated))
        #expect(arrivals.count == 10_000 + network.figures.duplicated)
    }

    @Test func aRateSpreadsDatagramsAndAFullQueueDropsThem() {
        // 100 octets a millisecond are 800 kbit/s; half of that is carried.
        let conditions = LinkConditions(rate: .kilobits(400), queueOctets: 5_000)
        let (network, arrivals) = run(conditions, count: 2_000)
        #expect((900...1_000).contains(network.figures.overflowed))
        let last = arrivals.last?.at ?? .zero
        let rate = Double(arrivals.count * 800) / (last - .zero).inSeconds
        #expect((380_000...420_000).contains(rate))
        let delays = arrivals.map { $0.at - at(Int64($0.number)) }
        #expect(delays.allSatisfy { $0 <= .milliseconds(103) })
    }

    @Test func theSameSeedGivesTheSameArrivalsAndAnotherSeedOthers() {
        let conditions = LinkConditions(
            latency: .milliseconds(3), jitter: .milliseconds(9), loss: 0.1, burst: .init(begin: 0.01, end: 0.3),
            reordering: 0.1, duplication: 0.1, rate: .kilobits(700))
        let runs = [5, 5, 6].map { run(conditions, seed: $0, count: 2_000).arrivals }
        #expect(runs[0].map(\.at) == runs[1].map(\.at) && runs[0].map(\.number) == runs[1].map(\.number))
        #expect(runs[0].map(\.at) != runs[2].map(\.at))
    }

    @Test func directionsHaveTheirOwnConditions() {
        let network = VirtualNetwork(seed: 1)
        network.setConditions(LinkConditions(latency: .milliseconds(50)), from: a, to: b)
        network.send([1], from: a, to: b, at: at(0))
        network.send([2], from: b, to: a, at: at(0))
        #expect(network.nextArrival == at(0))
        var first: [UInt8] = []
        network.deliver(until: at(49)) { first += $0.octets }
        #expect(first == [2])
        #expect(network.nextArrival == at(50))
    }

    @Test func theInterceptorMayTakeDatagramsOut() {
        let network = VirtualNetwork(seed: 1)
        network.interceptor = { $0.octets != [2] }
        for octet in 1...3 as ClosedRange<UInt8> { network.send([octet], from: a, to: b, at: at(0)) }
        var got: [UInt8] = []
        network.deliver(until: at(0)) { got += $0.octets }
        #expect(got == [1, 3] && network.figures.intercepted == 1)
    }
}
