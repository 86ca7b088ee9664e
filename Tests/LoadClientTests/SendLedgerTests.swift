import Primitives
import Testing

@testable import LoadClient

struct SendLedgerTests {
    @Test func theTimeOfEachPacketIsFoundUntilItIsOverwritten() {
        var ledger = SendLedger()
        let (first, second) = (ledger.openSource(), ledger.openSource())
        for packet in 0..<SendLedger.capacity + 10 {
            let next = ledger.nextPacket(of: first)
            #expect(next == UInt32(packet))
            ledger.noteSending(of: first, at: MonotonicInstant(nanoseconds: Int64(packet)))
        }
        ledger.noteSending(of: second, at: MonotonicInstant(nanoseconds: 77))
        #expect(ledger.time(source: first, packet: 9) == nil)
        #expect(ledger.time(source: first, packet: 10)?.nanoseconds == 10)
        #expect(ledger.time(source: first, packet: UInt32(SendLedger.capacity) + 9)?.nanoseconds == 4_105)
        #expect(ledger.time(source: first, packet: UInt32(SendLedger.capacity) + 10) == nil)
        #expect(ledger.time(source: second, packet: 0)?.nanoseconds == 77)
    }

    @Test func anotherProcessSourceIsUnknown() {
        #expect(SendLedger().time(source: 0, packet: 0) == nil)
    }
}
