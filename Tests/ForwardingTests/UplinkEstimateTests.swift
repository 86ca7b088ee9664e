import Forwarding
import Primitives
import Testing

struct UplinkEstimateTests {
    /// Runs seconds of a publisher that sends as fast as it may, up to `ceiling`, over a path that loses `loss`.
    private func run(
        _ estimate: inout UplinkEstimate, seconds: Int64, from start: Int64, ceiling: Int64 = .max, loss: UInt8 = 0
    ) {
        for second in start..<start + seconds {
            let sent = min(estimate.value.bitsPerSecond, ceiling)
            estimate.note(octets: Int(sent / 8) * (256 - Int(loss)) / 256)
            estimate.update(fractionLost: loss, now: .zero + .seconds(second))
        }
    }

    @Test func aCleanPathIsFilledWithinSecondsAndTheCapHolds() {
        var estimate = UplinkEstimate()
        run(&estimate, seconds: 1, from: 0)
        #expect(estimate.value == UplinkEstimate.initial)
        run(&estimate, seconds: 10, from: 1)
        #expect(estimate.value > .kilobits(2_500))
        run(&estimate, seconds: 60, from: 11)
        #expect(estimate.value == UplinkEstimate.bounds.upperBound)
    }

    @Test func aPublisherThatSendsLittleIsNotPromisedMuchMore() {
        var estimate = UplinkEstimate()
        run(&estimate, seconds: 60, from: 0, ceiling: 1_200_000)
        #expect(estimate.value <= .kilobits(1_800))
        #expect(estimate.value >= UplinkEstimate.initial)
    }

    @Test func lossLowersTheRateAndItsEndRaisesItAgain() {
        var estimate = UplinkEstimate()
        run(&estimate, seconds: 20, from: 0)
        let before = estimate.value
        run(&estimate, seconds: 5, from: 20, loss: 60)
        #expect(estimate.value < before)
        run(&estimate, seconds: 60, from: 25, loss: 60)
        let low = estimate.value
        #expect(low >= UplinkEstimate.bounds.lowerBound)
        run(&estimate, seconds: 10, from: 85)
        #expect(estimate.value > low)
    }

    @Test func aLittleLossHoldsTheRate() {
        var estimate = UplinkEstimate()
        run(&estimate, seconds: 5, from: 0)
        let before = estimate.value
        run(&estimate, seconds: 20, from: 5, loss: 12)
        #expect(estimate.value == before)
    }
}

struct RoundTripTests {
    @Test func shorterMeasurementsAreFollowedAtOnceAndLongerOnesSlowly() {
        var roundTrip = RoundTrip()
        #expect(roundTrip.value == RoundTrip.initial)
        roundTrip.note(.milliseconds(180))
        #expect(roundTrip.value == .milliseconds(180), "the first measurement replaces the guess")
        roundTrip.note(.milliseconds(40))
        #expect(roundTrip.value == .milliseconds(40))
        roundTrip.note(.milliseconds(120))
        #expect(roundTrip.value == .milliseconds(50))
    }

    @Test func claimsAreBounded() {
        var roundTrip = RoundTrip()
        roundTrip.note(.zero)
        #expect(roundTrip.value == RoundTrip.bounds.lowerBound)
        for _ in 0..<200 { roundTrip.note(.seconds(60)) }
        #expect(roundTrip.value <= RoundTrip.bounds.upperBound)
    }
}
