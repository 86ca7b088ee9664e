import Primitives
import TestSupport
import Testing

/// The figures that repair is held to, over networks that lose, reorder and double, on either leg.
@Suite struct RepairNetworkTests {
    struct Network: Sendable, CustomTestStringConvertible {
        var name: String
        var conditions: LinkConditions
        /// Whether a frame's last packets are mostly lost, or late, together.
        var hidesFrameEnds = false
        var testDescription: String { name }
    }

    static let networks = [
        Network(name: "1 % loss", conditions: LinkConditions(loss: 0.01)),
        Network(name: "5 % loss", conditions: LinkConditions(loss: 0.05)),
        Network(name: "10 % loss", conditions: LinkConditions(loss: 0.1)),
        Network(
            name: "bursts", conditions: LinkConditions(burst: .init(begin: 0.01, end: 0.25)), hidesFrameEnds: true),
        Network(name: "reordering", conditions: LinkConditions(loss: 0.01, reordering: 0.05), hidesFrameEnds: true),
        Network(name: "duplication", conditions: LinkConditions(loss: 0.02, duplication: 0.1)),
    ]

    private static let roundTrip = Duration.milliseconds(50)

    private func check(_ figures: RepairFigures, over network: Network) {
        #expect(figures.residual < 0.001, "\(figures)")
        // A burst takes the end of a frame with it: that shows only when the next frame comes.
        let detection = network.hidesFrameEnds ? Duration.nanoseconds(33_333_333) : .zero
        #expect(figures.median <= Self.roundTrip * 3 / 2 + detection, "\(figures)")
        #expect(figures.repairedFrames > 10, "\(figures)")
        #expect(figures.decodedShare > 0.99, "\(figures)")
        #expect(figures.retransmittedShare < 0.2, "\(figures)")
    }

    @Test(arguments: networks, 1...2 as ClosedRange<UInt64>)
    func whatIsLostOnTheWayUpIsRepaired(_ network: Network, _ seed: UInt64) throws {
        let figures = try RepairFigures.measure(
            seed: seed, roundTrip: Self.roundTrip, up: network.conditions, down: .perfect)
        check(figures, over: network)
    }

    @Test(arguments: networks, 1...2 as ClosedRange<UInt64>)
    func whatIsLostOnTheWayDownIsRepaired(_ network: Network, _ seed: UInt64) throws {
        let figures = try RepairFigures.measure(
            seed: seed, roundTrip: Self.roundTrip, up: .perfect, down: network.conditions)
        check(figures, over: network)
    }

    @Test func lossOnBothLegsIsRepaired() throws {
        let loss = LinkConditions(loss: 0.05)
        let figures = try RepairFigures.measure(seed: 3, roundTrip: Self.roundTrip, up: loss, down: loss)
        #expect(figures.residual < 0.001 && figures.decodedShare > 0.99, "\(figures)")
    }

    @Test func theSameSeedGivesTheSameFigures() throws {
        let network = LinkConditions(jitter: .milliseconds(4), loss: 0.05, reordering: 0.02, duplication: 0.02)
        let first = try RepairFigures.measure(
            seed: 7, roundTrip: Self.roundTrip, up: network, down: network, seconds: 8)
        let second = try RepairFigures.measure(
            seed: 7, roundTrip: Self.roundTrip, up: network, down: network, seconds: 8)
        #expect(first == second)
        let other = try RepairFigures.measure(
            seed: 8, roundTrip: Self.roundTrip, up: network, down: network, seconds: 8)
        #expect(first != other)
    }
}
