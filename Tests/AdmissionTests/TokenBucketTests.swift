import Admission
import Primitives
import Testing

@Suite struct TokenBucketTests {
    private func instant(_ nanoseconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }

    @Test func refillsToItsBurstAndNoFurther() {
        var bucket = TokenBucket(rate: 10, burst: 20)
        func take(_ units: Int, at nanoseconds: Int64) -> Bool { bucket.take(units, now: instant(nanoseconds)) }
        #expect(take(20, at: 0))
        #expect(!take(1, at: 0))
        #expect(take(1, at: 100_000_000))
        #expect(!take(21, at: 1_000_000_000_000))
        #expect(take(20, at: 1_000_000_000_000))
        // A clock that goes backwards gives nothing and breaks nothing.
        #expect(!take(1, at: 0))
        #expect(!take(1, at: .min))
    }
}
