import Cryptography
import Primitives
import Testing

/// One test case of RFC 2202 section 3.
struct HMACVector: Sendable {
    var key: [UInt8]
    var message: [UInt8]
    var code: String
}

struct HMACSHA1Tests {
    static let vectors = [
        HMACVector(
            key: .init(repeating: 0x0B, count: 20), message: .init("Hi There".utf8),
            code: "b617318655057264e28bc0b6fb378c8ef146be00"),
        HMACVector(
            key: .init("Jefe".utf8), message: .init("what do ya want for nothing?".utf8),
            code: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        HMACVector(
            key: .init(repeating: 0xAA, count: 20), message: .init(repeating: 0xDD, count: 50),
            code: "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
        HMACVector(
            key: .init(1...25), message: .init(repeating: 0xCD, count: 50),
            code: "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
        HMACVector(
            key: .init(repeating: 0x0C, count: 20), message: .init("Test With Truncation".utf8),
            code: "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
        HMACVector(
            key: .init(repeating: 0xAA, count: 80),
            message: .init("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        HMACVector(
            key: .init(repeating: 0xAA, count: 80),
            message: .init("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
            code: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    ]

    @Test(arguments: vectors)
    func theVectorsOfRFC2202Match(_ vector: HMACVector) {
        let code = HMACSHA1.authenticate(key: vector.key.span, vector.message.span)
        #expect(code.indices.map { code[$0] }.hexadecimal == vector.code)
    }

    /// `#expect` cannot take a span, so this takes arrays.
    private func verifies(_ code: [UInt8], key: [UInt8], head: [UInt8], tail: [UInt8]) -> Bool {
        HMACSHA1.verify(code.span, key: key.span, head: head.span, tail: tail.span)
    }

    @Test(arguments: vectors)
    func aMessageInTwoPartsHasTheCodeOfTheWhole(_ vector: HMACVector) throws {
        let code = try #require([UInt8](hexadecimal: vector.code))
        for cut in [0, 1, vector.message.count / 2, vector.message.count] {
            let head = Array(vector.message[..<cut])
            let tail = Array(vector.message[cut...])
            #expect(verifies(code, key: vector.key, head: head, tail: tail))
        }
    }

    @Test func anotherCodeAnotherKeyAndAShortCodeAreRefused() throws {
        let vector = Self.vectors[0]
        let right = try #require([UInt8](hexadecimal: vector.code))
        for index in right.indices {
            var wrong = right
            wrong[index] ^= 1
            #expect(!verifies(wrong, key: vector.key, head: vector.message, tail: []))
        }
        #expect(!verifies(right.dropLast(), key: vector.key, head: vector.message, tail: []))
        #expect(!verifies(right, key: vector.message, head: vector.message, tail: []))
    }

    @Test func anEmptyKeyAndAnEmptyMessageHaveACode() {
        let nothing: [UInt8] = []
        let code = HMACSHA1.authenticate(key: nothing.span, nothing.span)
        #expect(code.indices.map { code[$0] }.hexadecimal == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
    }

    @Test func theChecksumOfTheDigitsIsTheKnownOne() {
        let digits = [UInt8]("123456789".utf8)
        let nothing: [UInt8] = []
        let checksum = CRC32.checksum(digits.span)
        #expect(checksum == 0xCBF4_3926)
        let empty = CRC32.checksum(nothing.span)
        #expect(empty == 0)
    }
}
