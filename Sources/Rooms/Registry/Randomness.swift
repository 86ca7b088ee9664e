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

    /// Fresh ICE credentials.
    func iceCredentials() -> ICECredentials {
        var generator = self
        return .random(using: &generator)
    }

    /// The prefix of the CNAMEs of one peer connection: 64 random bits (RFC 7022 section 4.2 recommends 96).
    func cnamePrefix() -> String { hexadecimal(draw()) }

    /// The secret by which a client resumes its session: 128 bits in hexadecimal.
    func token() -> String {
        hexadecimal(draw()) + hexadecimal(draw())
    }

    private func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
