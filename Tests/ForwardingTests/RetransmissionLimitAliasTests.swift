import Forwarding
import Primitives
import Testing

struct RetransmissionLimitAliasTests {
    /// Whatever numbers a viewer asks for, and in whatever order, none is sent twice within a round trip.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func noOrderOfRequestsGetsAPacketTwiceWithinARoundTrip(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var limit = RetransmissionLimit()
        var last: [UInt16: MonotonicInstant] = [:]
        var sent: UInt32 = 0
        var repaired = 0
        for step in Int64(0)..<20_000 {
            let now = MonotonicInstant.zero + .milliseconds(step)
            sent &+= 1_000
            let number = UInt16.random(in: 0..<8, using: &random) &* 256 &+ UInt16.random(in: 0..<3, using: &random)
            let answer = limit.request(
                number, octets: 1_000, octetsSent: sent, roundTrip: .milliseconds(80), now: now)
            guard case .send = answer else { continue }
            repaired += 1_000
            if let before = last[number] { #expect(now - before >= .milliseconds(80)) }
            last[number] = now
        }
        #expect(repaired <= Int(sent) / 5 + RetransmissionLimit.burstOctets)
        #expect(repaired > 100_000)
    }
}
