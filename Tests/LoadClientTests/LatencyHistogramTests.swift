import LoadClient
import Testing

struct LatencyHistogramTests {
    @Test func percentilesAreWithinTheBucketsWidth() throws {
        var histogram = LatencyHistogram()
        for microseconds in 1...100_000 { histogram.note(.microseconds(microseconds)) }
        for (fraction, expected) in [(0.01, 1.0), (0.5, 50), (0.95, 95), (0.99, 99), (1, 100)] {
            let found = try #require(histogram.percentile(fraction)) / .milliseconds(1)
            #expect(abs(found - expected) <= expected * 0.016)
        }
        #expect(histogram.maximum == .milliseconds(100))
        #expect(histogram.count == 100_000)
        #expect(histogram.mean == .nanoseconds(50_000_500))
    }

    @Test func extremesAreCountedToo() {
        var histogram = LatencyHistogram()
        histogram.note(.zero)
        histogram.note(.seconds(3_600))
        histogram.note(.microseconds(-5))
        #expect(histogram.count == 3)
        #expect(histogram.negatives == 1)
        #expect(histogram.maximum == .seconds(3_600))
        #expect(LatencyHistogram().percentile(0.5) == nil)
        #expect(LatencyHistogram().mean == nil)
    }

    @Test func theSumOfTwoIsTheWholeAndTheirDifferenceThePart() {
        var (first, second, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for step in 1...1_000 {
            first.note(.microseconds(step))
            second.note(.milliseconds(step))
            both.note(.microseconds(step))
            both.note(.milliseconds(step))
        }
        #expect(both.since(second).percentile(0.9) == first.percentile(0.9))
        first.add(second)
        for fraction in [0.1, 0.5, 0.9] { #expect(first.percentile(fraction) == both.percentile(fraction)) }
    }

    @Test func theDistributionRisesToAll() {
        var histogram = LatencyHistogram()
        for step in 1...500 { histogram.note(.microseconds(step * step)) }
        let shares = histogram.distribution.map(\.1)
        #expect(shares == shares.sorted())
        #expect(shares.last == 1)
    }
}
