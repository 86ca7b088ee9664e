import ICE

/// Where random numbers come from: fit for secrets in the program, seeded in tests.
package struct Randomness: RandomNumberGenerator, Sendable {
    private let draw: @Sendable () -> UInt64

    /// Every copy draws from the same source.
    package init(_ draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

    /// The system's generator.
    package static let system = Randomness {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    package mutating func next() -> UInt64 { draw() }

    /// `length` characters out of ICE's 64 (RFC 8839 section 5.4: `ice-char`), six random bits each.
    private func characters(_ length: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return String(decoding: (0..<length).map { _ in alphabet[Int(draw() & 63)] }, as: UTF8.self)
    }

    /// Fresh ICE credentials: a user name fragment of 12 characters, so that no two of one server are equal, and a
    /// password of 24, 144 bits where RFC 8445 section 5.3 asks for 128.
    func iceCredentials() -> ICECredentials {
        ICECredentials(usernameFragment: characters(12), password: characters(24))
    }

    /// What the CNAMEs of one peer connection begin with (RFC 7022 section 4.2: 96 bits are plenty; 72 here).
    func cnamePrefix() -> String { characters(12) }

    /// What a client shows to come back to its session: 128 bits in hexadecimal.
    func token() -> String {
        [draw(), draw()].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
