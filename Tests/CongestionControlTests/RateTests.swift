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
