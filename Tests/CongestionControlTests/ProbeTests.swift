import Primitives
import Testing

@testable import CongestionControl

@Suite struct ProbeTests {
    private let cluster = ProbeCluster(id: 3, rate: Bitrate(bitsPerSecond: 3_000_000), askedAt: .zero)

    /// Six packets sent 3.2 ms apart (3 Mbit/s), arriving `spacing` apart.
    private func result(spacing: Double, foreign: Bool = false) -> ProbeResult.Shown? {
        var results = ProbeResult()
        results.begin(cluster)
        var shown: ProbeResult.Shown?
        var arrived = 100.0
        for packet in 0..<6 {
            if foreign, packet > 0 {
                arrived += spacing
                _ = results.add(.packet(Int64(100 + packet), sent: Double(packet) * 3.2, arrived: arrived))
            }
            if packet > 0 { arrived += spacing }
            if let now = results.add(.packet(Int64(packet), sent: Double(packet) * 3.2, arrived: arrived, cluster: 3)) {
                shown = now
            }
        }
        return shown
    }

    @Test func aClusterThatArrivesAsItWasSentShowsItsRate() throws {
        let shown = try #require(result(spacing: 3.2))
        #expect(!shown.isSaturated && abs(shown.rate - 3e6) < 1e4)
    }

    @Test func aClusterThatArrivesSlowerShowsTheCapacity() throws {
        let shown = try #require(result(spacing: 6.4))
        #expect(shown.isSaturated && abs(shown.rate - 1.5e6 * ProbeResult.margin) < 1e4)
    }

    @Test func mediaBetweenThePacketsCounts() throws {
        // As many packets of media as of the cluster: the bottleneck carried 3 Mbit/s, not 1.5.
        let shown = try #require(result(spacing: 3.2, foreign: true))
        #expect(shown.rate > 2.5e6)
    }

    @Test func aCompressedClusterShowsNothing() { #expect(result(spacing: 0.5) == nil) }

    private func conditions(
        estimate: Double, wanted: Double = 10e6, usage: OveruseDetector.Usage = .normal,
        loss: LossBasedEstimate.State = .delay, isBackingOff: Bool = false
    ) -> ProbeController.Conditions {
        ProbeController.Conditions(
            estimate: estimate, wanted: wanted, usage: usage, loss: loss, limit: ApplicationLimit(),
            trains: PacketTrains(),
            isBackingOff: isBackingOff)
    }

    @Test func theStartProbesThreeAndSixTimesAndFurtherWhereItHelps() throws {
        var controller = ProbeController(start: 1e6)
        let answer1 = controller.next(conditions(estimate: 1e6), now: at(0))
        #expect(try #require(answer1).rate == .kilobits(3_000))
        let answer2 = controller.next(conditions(estimate: 1e6), now: at(10))
        #expect(try #require(answer2).rate == .kilobits(6_000))
        let answer3 = controller.next(conditions(estimate: 1e6), now: at(20))
        #expect(answer3 == nil)
        controller.noteResult(5.9e6, now: at(200))
        let answer4 = controller.next(conditions(estimate: 5.9e6), now: at(210))
        #expect(try #require(answer4).rate == .kilobits(11_800))
    }

    @Test func nothingIsProbedDuringOveruseDecreaseOrSilence() {
        var controller = ProbeController(start: 1e6)
        let answer5 = controller.next(conditions(estimate: 1e6, usage: .overuse), now: at(0))
        #expect(answer5 == nil)
        let answer6 = controller.next(conditions(estimate: 1e6, usage: .underuse), now: at(0))
        #expect(answer6 == nil)
        let answer7 = controller.next(conditions(estimate: 1e6, loss: .decreasing), now: at(0))
        #expect(answer7 == nil)
        let answer8 = controller.next(conditions(estimate: 1e6, isBackingOff: true), now: at(0))
        #expect(answer8 == nil)
    }

    @Test func unmetDemandProbesEverMoreSeldomAndMetDemandNever() {
        var controller = ProbeController(start: 1e6)
        var times: [Double] = []
        for tenth in 0..<600
        where controller.next(conditions(estimate: 20e6, wanted: 30e6), now: at(Double(tenth) * 100)) != nil {
            times.append(Double(tenth) / 10)
        }
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(gaps.count >= 4 && gaps == gaps.sorted() && (gaps.last ?? 0) <= 24.1)
        var content = ProbeController(start: 1e6)
        for tenth in 0..<600 {
            let answer9 = content.next(conditions(estimate: 20e6, wanted: 10e6), now: at(Double(tenth) * 100));
            #expect(answer9 == nil)
        }
    }

    @Test func applicationLimitFollowsTimeAndNotPackets() {
        var limit = ApplicationLimit()
        limit.note(octets: 1_000, estimate: 1e6, now: at(0))
        limit.note(octets: 0, estimate: 1e6, now: at(1_000))
        #expect(limit.isLimited)
        for step in 1..<100 { limit.note(octets: 1_000, estimate: 1e6, now: at(1_000 + Double(step) * 8)) }
        #expect(!limit.isLimited)
    }
}
