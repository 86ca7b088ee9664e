import Primitives
import Testing

struct SequenceNumberTests {
    @Test func newerIsDecidedAcrossTheWrap() {
        #expect(SequenceNumber(0).isNewer(than: SequenceNumber(65_535)))
        #expect(!SequenceNumber(65_535).isNewer(than: SequenceNumber(0)))
        #expect(SequenceNumber(3).distance(from: SequenceNumber(65_534)) == 5)
    }

    @Test func extensionFollowsWrapsAndTakesOldNumbers() {
        var extender = SequenceExtender()
        let first = extender.extend(65_534)
        #expect(extender.extend(1) == first + 3)
        #expect(extender.extend(65_535) == first + 1)
        #expect(extender.highest == first + 3)
        #expect(extender.peek(0) == first + 2)
    }
}
