import Primitives

/// A clock of any kind, read and waited on as the media plane's monotonic clock is.
struct Timekeeper: Sendable {
    private let read: @Sendable () -> MonotonicInstant
    private let wait: @Sendable (MonotonicInstant) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let origin = clock.now
        read = { MonotonicInstant.zero + origin.duration(to: clock.now) }
        wait = { instant in
            try await clock.sleep(until: origin.advanced(by: instant - .zero), tolerance: nil)
        }
    }

    /// The time since the timekeeper was made.
    var now: MonotonicInstant { read() }

    /// Returns at the instant, at once when it is over; throws when the task is cancelled.
    func sleep(until instant: MonotonicInstant) async throws { try await wait(instant) }
}
