import Primitives

@testable import DTLS

/// Records one after the other, with the numbers of those in plaintext set to 0: what two transmissions of one flight have
/// in common.
func unnumbered(_ octets: [UInt8]) -> [UInt8] {
    var octets = octets
    for record in DTLSRecord.all(in: octets.span) where record.epoch == 0 {
        let start = record.range.lowerBound + DTLSRecord.numberOffset
        octets.replaceSubrange(start..<start + 6, with: repeatElement(0, count: 6))
    }
    return octets
}

/// The record numbers of `octets`, with the epoch in the upper 16 bits.
func recordNumbers(in octets: [UInt8]) -> [UInt64] {
    DTLSRecord.all(in: octets.span).map { record in
        octets[record.range].dropFirst(3).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
