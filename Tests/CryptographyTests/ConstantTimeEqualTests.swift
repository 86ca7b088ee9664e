import Cryptography
import Testing

struct ConstantTimeEqualTests {
    @Test func onlyTheSameOctetsAreEqual() {
        #expect(equal([1, 2, 3], [1, 2, 3]))
        #expect(!equal([1, 2, 3], [1, 2, 4]))
        #expect(!equal([1, 2, 3], [0, 2, 3]))
        #expect(!equal([1, 2, 3], [1, 2]))
        #expect(!equal([1, 2, 3], []))
        #expect(equal([], []))
    }

    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool { constantTimeEqual(a.span, b.span) }
}
