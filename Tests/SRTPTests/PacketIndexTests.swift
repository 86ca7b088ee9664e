import Primitives
import SRTP
import Testing

struct PacketIndexTests {
    @Test func followsTheSequenceAcrossWraps() {
        #expect(PacketIndex.estimate(sequence: 40_000, newest: nil) == 40_000)
        let rows: [(newest: UInt64, sequence: UInt16, index: UInt64)] = [
            (0x0_FFFF, 0, 0x1_0000),
            (0x1_0000, 0xFFFF, 0x0_FFFF),
            (0x1_0000, 0x8000, 0x1_8000),
            (0x1_0000, 0x8001, 0x0_8001),
            (0x1_8000, 0, 0x1_0000),
            (0x1_8001, 0, 0x2_0000),
            // Roll-over counter 0: nothing can be a cycle back.
            (5, 0xFFFF, 0xFFFF),
            (0xFFFF_FFFE_FFFF, 1, 0xFFFF_FFFF_0001),
        ]
        for row in rows {
            #expect(PacketIndex.estimate(sequence: row.sequence, newest: row.newest) == row.index, "\(row)")
        }
    }

    @Test func theEndOfTheIndicesIsTheEndOfTheKey() {
        #expect(PacketIndex.estimate(sequence: 0xFFFF, newest: 0xFFFF_FFFF_FFFE) == 0xFFFF_FFFF_FFFF)
        #expect(PacketIndex.estimate(sequence: 0, newest: 0xFFFF_FFFF_FFFF) == nil)
    }

    @Test func findsEveryIndexWithinHalfACycle() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let newest = UInt64.random(in: 0x1_0000...0xFFFF_FFFE_0000, using: &generator)
            let index = UInt64(Int64(newest) + .random(in: -32_767...32_767, using: &generator))
            #expect(PacketIndex.estimate(sequence: UInt16(truncatingIfNeeded: index), newest: newest) == index)
        }
    }
}
