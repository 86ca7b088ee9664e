import Primitives

/// A 64-bit NTP timestamp: seconds since 1900 in 32.32 fixed point, wrapping in 2036 (RFC 3550 section 4).
package struct NTPTimestamp: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Seconds in the upper half, fractions of 1/2^32 s in the lower half.
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Seconds from 1900 to 1970.
    package static let secondsBeforeUnixEpoch: UInt64 = 2_208_988_800

    /// The timestamp for wall-clock time given as nanoseconds since 1970.
    package init(nanosecondsSince1970 nanoseconds: Int64) {
        rawValue = Self.secondsBeforeUnixEpoch &<< 32 &+ Self.fixedPoint(nanoseconds: nanoseconds)
    }

    /// The middle 32 bits: seconds in 16.16 fixed point, as in LSR (RFC 3550 section 6.4.1).
    package var compact: UInt32 { UInt32(truncatingIfNeeded: rawValue &>> 16) }

    /// This timestamp moved by `duration`, wrapping.
    package static func + (timestamp: NTPTimestamp, duration: Duration) -> NTPTimestamp {
        NTPTimestamp(rawValue: timestamp.rawValue &+ fixedPoint(nanoseconds: duration.wholeNanoseconds))
    }

    /// The time from `b` to `a`, the shorter way around the wrap: within 68 years.
    package static func - (a: NTPTimestamp, b: NTPTimestamp) -> Duration {
        let difference = Int64(bitPattern: a.rawValue &- b.rawValue)
        let fraction = UInt64(bitPattern: difference) & 0xFFFF_FFFF
        // Rounded to the nearest. A nanosecond is four fractions, so a conversion to NTP and back keeps nanoseconds.
        let nanoseconds = Int64(truncatingIfNeeded: (fraction &* 1_000_000_000 &+ 0x8000_0000) &>> 32)
        return .nanoseconds((difference &>> 32) &* 1_000_000_000 &+ nanoseconds)
    }

    /// `nanoseconds` in 32.32 fixed point, wrapping, rounded to the nearest.
    private static func fixedPoint(nanoseconds: Int64) -> UInt64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let seconds = remainder < 0 ? quotient &- 1 : quotient
        let rest = UInt64(bitPattern: remainder < 0 ? remainder &+ 1_000_000_000 : remainder)
        let fraction = (rest &<< 32 &+ 500_000_000) / 1_000_000_000
        return UInt64(bitPattern: seconds) &<< 32 &+ fraction
    }

    /// The round-trip time from a report (RFC 3550 section 6.4.1: A - LSR - DLSR).
    ///
    /// `nil` if the reporter has not yet received a report, or if the result is negative by more than rounding. The
    /// numbers are the reporter's claim.
    package func roundTripTime(lastReport: UInt32, delay: UInt32) -> Duration? {
        guard lastReport != 0 else { return nil }
        let units = Int32(bitPattern: compact &- lastReport &- delay)
        guard units >= -Self.roundTripRoundingUnits else { return nil }
        return .nanoseconds(Int64(max(units, 0)) &* 1_000_000_000 / 65_536)
    }

    /// The largest negative round-trip time that rounding and clock differences explain: one millisecond, in units of
    /// 1/65,536 s.
    package static let roundTripRoundingUnits: Int32 = 66
}

/// A pair of an NTP time and an instant of the monotonic clock, for conversion between the two.
package struct NTPReference: Hashable, Sendable {
    package var instant: MonotonicInstant
    package var timestamp: NTPTimestamp

    package init(instant: MonotonicInstant, timestamp: NTPTimestamp) {
        self.instant = instant
        self.timestamp = timestamp
    }

    /// The NTP time at `instant`.
    package func timestamp(at instant: MonotonicInstant) -> NTPTimestamp { timestamp + (instant - self.instant) }

    /// The instant of the NTP time `timestamp`, the nearest around the wrap.
    package func instant(of timestamp: NTPTimestamp) -> MonotonicInstant { instant + (timestamp - self.timestamp) }
}
