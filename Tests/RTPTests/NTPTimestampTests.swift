import Primitives
import RTP
import Testing

struct NTPTimestampTests {
    @Test func unixTimeIsCountedFrom1900() {
        #expect(NTPTimestamp(nanosecondsSince1970: 0).rawValue == 0x83AA_7E80_0000_0000)
        #expect(NTPTimestamp(nanosecondsSince1970: 1_500_000_000).rawValue == 0x83AA_7E81_8000_0000)
        #expect(NTPTimestamp(nanosecondsSince1970: -500_000_000).rawValue == 0x83AA_7E7F_8000_0000)
    }

    @Test func nanosecondsSurviveTheWayThereAndBack() {
        var random = SeededGenerator(seed: 1)
        let base = NTPTimestamp(nanosecondsSince1970: 1_700_000_000_123_456_789)
        for _ in 0..<10_000 {
            let nanoseconds = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
            let moved = NTPTimestamp(rawValue: 0) + .nanoseconds(nanoseconds)
            #expect(moved - NTPTimestamp(rawValue: 0) == .nanoseconds(nanoseconds))
            // A base that is no whole nanosecond costs at most one.
            let error = ((base + .nanoseconds(nanoseconds)) - base).wholeNanoseconds - nanoseconds
            #expect(abs(error) <= 1)
        }
    }

    @Test func differencesGoTheShorterWayAroundTheWrap() {
        let before = NTPTimestamp(rawValue: .max)
        let after = before + .seconds(2)
        #expect(after.rawValue >> 32 == 1)
        #expect(after - before == .seconds(2))
        #expect(before - after == .seconds(-2))
    }

    @Test func referenceTranslatesBothWays() {
        let reference = NTPReference(
            instant: MonotonicInstant(nanoseconds: 5_000_000_000), timestamp: NTPTimestamp(nanosecondsSince1970: 0))
        let later = MonotonicInstant(nanoseconds: 7_250_000_000)
        #expect(reference.timestamp(at: later) == NTPTimestamp(nanosecondsSince1970: 2_250_000_000))
        #expect(reference.instant(of: reference.timestamp(at: later)) == later)
        #expect(reference.instant(of: reference.timestamp) == reference.instant)
    }

    @Test func roundTripTimeIsThatOfRFC3550() {
        // The figure of RFC 3550 section 6.4.1: A 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000, so 6.125 s.
        let arrival = NTPTimestamp(rawValue: 0xB44D_B710_8000_0000)
        #expect(arrival.compact == 0xB710_8000)
        #expect(arrival.roundTripTime(lastReport: 0xB705_2000, delay: 0x0005_4000) == .milliseconds(6_125))
    }

    @Test func roundTripTimeNeedsAReportAndForwardTime() {
        let arrival = NTPTimestamp(rawValue: 0x10_0000_0000)
        let now = arrival.compact
        #expect(arrival.roundTripTime(lastReport: 0, delay: 0) == nil)
        let rounding = UInt32(NTPTimestamp.roundTripRoundingUnits)
        #expect(arrival.roundTripTime(lastReport: now, delay: rounding) == .zero)
        #expect(arrival.roundTripTime(lastReport: now, delay: rounding + 1) == nil)
        var block = ReportBlock(
            ssrc: SSRC(1), fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 0, jitter: 0,
            lastSenderReport: 0, delaySinceLastSenderReport: 0)
        #expect(block.roundTripTime(arrival: arrival) == nil)
        block.lastSenderReport = now &- 65_536
        #expect(block.roundTripTime(arrival: arrival) == .seconds(1))
    }
}
