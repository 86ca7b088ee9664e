import Primitives

/// Where an encoding's RTP clock stands on the server's wall clock, learnt from the publisher's sender reports.
package struct PublisherClock: Sendable {
    /// One correspondence of the two clocks.
    package struct Point: Equatable, Sendable {
        package var timestamp: UInt32
        /// The server's wall clock, in nanoseconds.
        package var wallClock: Int64
        /// The publisher's wall clock, which the reports of all its streams share, in nanoseconds.
        package var remote: Int64
        /// When the report came.
        package var receivedAt: MonotonicInstant

        package init(timestamp: UInt32, wallClock: Int64, remote: Int64, receivedAt: MonotonicInstant) {
            self.timestamp = timestamp
            self.wallClock = wallClock
            self.remote = remote
            self.receivedAt = receivedAt
        }
    }

    /// A report older than this, in nanoseconds, tells nothing of now.
    static let longestExtrapolation: UInt64 = 86_400_000_000_000

    /// `nil` before the first sender report.
    package private(set) var point: Point?

    package init() {}

    /// Notes a sender report.
    ///
    /// - Parameters:
    ///   - wallClock: its NTP time moved to the server's wall clock by the publisher's `ClockOffset`, in nanoseconds.
    ///   - remote: its NTP time, likewise.
    package mutating func note(timestamp: UInt32, wallClock: Int64, remote: Int64, at now: MonotonicInstant) {
        point = Point(timestamp: timestamp, wallClock: wallClock, remote: remote, receivedAt: now)
    }

    /// Whether a packet's timestamp and its arrival (nanoseconds) fit the clock. Where they do not, the publisher's RTP
    /// clock has stood still or begun anew since its last report: browsers stop it while a sender has no track.
    ///
    /// Players delay the picture by as much as the sound's clock is wrong, so no report is better than a wrong one.
    package func agrees(with timestamp: UInt32, arrivedAt wallClock: Int64, clockRate: UInt32) -> Bool {
        guard let expected = self.timestamp(at: wallClock, clockRate: clockRate) else { return false }
        return isNear(timestamp, expected, clockRate: clockRate)
    }

    /// The same with the time of arrival on the clock by which the report came.
    func agrees(with timestamp: UInt32, arrivedAt arrival: MonotonicInstant, clockRate: UInt32) -> Bool {
        guard let point else { return false }
        let elapsed = arrival.nanoseconds &- point.receivedAt.nanoseconds
        guard elapsed.magnitude < Self.longestExtrapolation else { return false }
        let ticks = UInt32(truncatingIfNeeded: elapsed * Int64(clockRate) / 1_000_000_000)
        return isNear(timestamp, point.timestamp &+ ticks, clockRate: clockRate)
    }

    private func isNear(_ timestamp: UInt32, _ expected: UInt32, clockRate: UInt32) -> Bool {
        let age = Int64(Int32(bitPattern: expected &- timestamp)) * 1_000_000_000 / Int64(clockRate)
        return age.magnitude < Self.longestAge
    }

    /// A packet that comes later, or earlier, than this after its capture, in nanoseconds, has another clock.
    private static let longestAge: UInt64 = 400_000_000

    /// The RTP timestamp that belongs to `wallClock` (nanoseconds); `nil` before the first sender report.
    package func timestamp(at wallClock: Int64, clockRate: UInt32) -> UInt32? {
        guard let point else { return nil }
        let elapsed = wallClock &- point.wallClock
        // A day of ticks fits 64 bits; clocks further apart have no answer worth sending.
        guard elapsed.magnitude < Self.longestExtrapolation else { return nil }
        let quotient = elapsed * Int64(clockRate) / 1_000_000_000
        return point.timestamp &+ UInt32(truncatingIfNeeded: quotient)
    }
}

/// How far a publisher's wall clock is from the server's, from the arrival of its sender reports.
///
/// All streams of one publisher share it, so that their lip sync survives the translation. The least delay seen counts:
/// a larger difference is mostly queueing, and is followed only slowly (clock drift).
package struct ClockOffset: Sendable {
    /// A difference that grew is followed by this fraction per report.
    private static let driftShift: Int64 = 5
    /// The publisher's clock was set anew when the difference moves by more than this, in nanoseconds.
    private static let jump: Int64 = 500_000_000

    private var offset: Int64?

    package init() {}

    /// Notes a report that was written at `remote` on the publisher's wall clock and came at `local` on the server's,
    /// both in nanoseconds.
    ///
    /// - Returns: the report's time on the server's wall clock, in nanoseconds.
    package mutating func translate(remote: Int64, local: Int64) -> Int64 {
        let measured = local &- remote
        if let known = offset, (measured &- known).magnitude < UInt64(Self.jump) {
            offset = measured < known ? measured : known &+ (measured &- known) &>> Self.driftShift
        } else {
            offset = measured
        }
        return remote &+ (offset ?? 0)
    }
}
