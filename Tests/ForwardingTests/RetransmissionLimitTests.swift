import Forwarding
import Primitives
import Testing

@Suite struct RetransmissionLimitTests {
    private let roundTrip = Duration.milliseconds(50)

    @Test func aPacketIsSentAgainOncePerRoundTrip() {
        var limit = RetransmissionLimit()
        let begin = MonotonicInstant.zero
        #expect(limit.request(7, octets: 100, octetsSent: 0, roundTrip: roundTrip, now: begin) == .send)
        let soon = begin + .milliseconds(49)
        #expect(limit.request(7, octets: 100, octetsSent: 0, roundTrip: roundTrip, now: soon) == .tooSoon)
        #expect(limit.request(8, octets: 100, octetsSent: 0, roundTrip: roundTrip, now: soon) == .send)
        let later = begin + .milliseconds(50)
        #expect(limit.request(7, octets: 100, octetsSent: 0, roundTrip: roundTrip, now: later) == .send)
    }

    @Test func aFifthOfWhatIsSentMayBeSentAgainBesideTheBurst() {
        var limit = RetransmissionLimit()
        var sent: UInt32 = .max - 200_000
        _ = limit.request(0, octets: 0, octetsSent: sent, roundTrip: roundTrip, now: .zero)
        var again = 0
        for number in 0..<4_000 {
            sent &+= 100
            let now = MonotonicInstant(nanoseconds: Int64(number) * 1_000_000_000)
            if limit.request(1, octets: 1_000, octetsSent: sent, roundTrip: roundTrip, now: now) == .send {
                again += 1_000
            }
        }
        // 400,000 octets, over the wrap.
        #expect(again >= 400_000 / RetransmissionLimit.divisor)
        #expect(again <= 400_000 / RetransmissionLimit.divisor + RetransmissionLimit.burstOctets)
    }

    @Test func withoutMediaTheBurstIsAll() {
        var limit = RetransmissionLimit()
        var again = 0
        for number in 0..<10_000 {
            let outcome = limit.request(
                UInt16(number), octets: 1_000, octetsSent: 0, roundTrip: roundTrip, now: .zero)
            if outcome == .send { again += 1_000 }
        }
        #expect(again <= RetransmissionLimit.burstOctets && again > RetransmissionLimit.burstOctets - 1_000)
    }
}
