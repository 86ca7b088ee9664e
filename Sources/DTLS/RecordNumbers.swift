import Primitives

/// Renumbers the records of epoch 0 with numbers that grow by 1.
///
/// Outbound, a resent flight needs new numbers, or the peer's replay detection drops records that it could not use the
/// first time (RFC 6347 sections 4.1.2.6 and 4.2.4). Inbound, the numbers of plaintext records are not authenticated,
/// and a forged one would move OpenSSL's replay window past all genuine ones. OpenSSL recognises repeated messages by
/// their message numbers. Records of epoch 1 keep their numbers, which their tags protect.
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
