import Primitives

/// Gives the records of epoch 0 numbers that grow by 1, whatever numbers they came with.
///
/// Outbound, a flight that is sent again needs new numbers, or the peer's replay detection drops what it could not use the
/// first time (RFC 6347 sections 4.1.2.6 and 4.2.4). Inbound, the numbers of plaintext records are not authenticated, and
/// OpenSSL would let a forged one move its replay window past all genuine ones; what comes twice it recognises by the
/// messages' own numbers. Records of epoch 1 keep theirs, which their tags protect.
struct RecordNumbers {
    private var next: UInt64 = 0

    /// Numbers the record of epoch 0 that begins at `offset` of `octets`.
    mutating func number(_ octets: inout [UInt8], at offset: Int) {
        for place in 0..<6 {
            octets[offset + DTLSRecord.numberOffset + place] = UInt8(
                truncatingIfNeeded: next &>> UInt64(40 - 8 * place))
        }
        next &+= 1
    }

    /// A copy of `datagram` with new numbers for its records of epoch 0.
    mutating func number(_ datagram: [UInt8]) -> [UInt8] {
        var copy = datagram
        for record in DTLSRecord.all(in: datagram.span) where record.epoch == 0 {
            number(&copy, at: record.range.lowerBound)
        }
        return copy
    }
}
