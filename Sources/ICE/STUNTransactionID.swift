/// The 96 bits that bind a response to its request (RFC 8489 section 5).
package struct STUNTransactionID: Hashable, Sendable {
    /// The first 32 bits.
    package var high: UInt32
    /// The last 64 bits.
    package var low: UInt64

    package init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh transaction ID.
    package static func random(using generator: inout some RandomNumberGenerator) -> STUNTransactionID {
        STUNTransactionID(high: UInt32(truncatingIfNeeded: generator.next()), low: generator.next())
    }
}
