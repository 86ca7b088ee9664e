import Cryptography
import Testing

struct SecureRandomTests {
    @Test func numbersAndOctetsDoNotRepeat() {
        var generator = SecureRandom()
        #expect(Set((0..<64).map { _ in generator.next() }).count == 64)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    @Test func asManyOctetsAsAskedForAreGiven() {
        #expect(SecureRandom.bytes(0) == [])
        #expect(SecureRandom.bytes(-1) == [])
        #expect(SecureRandom.bytes(33).count == 33)
    }
}
