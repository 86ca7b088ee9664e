import Cryptography
import Primitives
import Testing

struct HMACSHA256Tests {
    /// RFC 4231 sections 4.2 to 4.4 and 4.7: key, data, code.
    static let vectors: [(key: [UInt8], data: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        // Not of the RFC: nothing at all, as every implementation of HMAC gives it.
        ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: vectors.indices)
    func codesAreThoseOfRFC4231(index: Int) {
        let vector = Self.vectors[index]
        let code = HMACSHA256.authenticate(key: vector.key.span, vector.data.span)
        #expect(code.hexadecimal == vector.code)
        #expect(isCode(code, key: vector.key, message: vector.data))
    }

    @Test func aCodeWithOneBitFlippedOrCutShortIsRefused() {
        let key: [UInt8] = [1, 2, 3]
        let message: [UInt8] = [4, 5, 6]
        let code = HMACSHA256.authenticate(key: key.span, message.span)
        for index in code.indices {
            var other = code
            other[index] ^= 1
            #expect(!isCode(other, key: key, message: message))
            #expect(!isCode(Array(code.prefix(index)), key: key, message: message))
        }
    }

    private func isCode(_ code: [UInt8], key: [UInt8], message: [UInt8]) -> Bool {
        HMACSHA256.verify(code.span, key: key.span, message.span)
    }
}
