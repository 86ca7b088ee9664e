/// A point on the monotonic clock, in nanoseconds since an arbitrary origin.
///
/// Protocol machines never read a clock. They take `now` as an argument, so that tests run whole rooms in virtual time.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's origin.
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's origin.
    package static let zero = MonotonicInstant(nanoseconds: 0)
    /// Later than every deadline; a machine with no deadline answers `nil` instead.
    package static let distantFuture = MonotonicInstant(nanoseconds: .max)

    package static func < (a: MonotonicInstant, b: MonotonicInstant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// This instant moved by `duration`; saturates at the ends of the clock.
    package static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .distantFuture : MonotonicInstant(nanoseconds: sum)
    }

    package static func - (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: instant.nanoseconds &- duration.wholeNanoseconds)
    }

    /// The time from `b` to `a`; negative when `a` is the earlier one.
    package static func - (a: MonotonicInstant, b: MonotonicInstant) -> Duration {
        .nanoseconds(a.nanoseconds &- b.nanoseconds)
    }
}

extension Duration {
    /// This duration in nanoseconds, clamped to the range of 64 bits (292 years).
    package var wholeNanoseconds: Int64 {
        // Fast path up to 9 s, which covers nearly all durations: it avoids a 128-bit division.
        let attoseconds = self.attoseconds
        let low = Int64(truncatingIfNeeded: attoseconds)
        if Int128(low) == attoseconds { return low / 1_000_000_000 }
        let (seconds, rest) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(rest / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// This duration in seconds.
    package var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }

    /// This duration in milliseconds.
    package var inMilliseconds: Double { Double(wholeNanoseconds) / 1e6 }
}

/// The earlier of two optional deadlines; `nil` means no deadline.
package func earliest(_ a: MonotonicInstant?, _ b: MonotonicInstant?) -> MonotonicInstant? {
    guard let a else { return b }
    guard let b else { return a }
    return min(a, b)
}
