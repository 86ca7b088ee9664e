import Cryptography
import Primitives

/// Appends one STUN message to an array, which the caller can reuse (RFC 8489 section 5).
///
/// The order is: attributes, MESSAGE-INTEGRITY, FINGERPRINT. The header's length is correct after each step.
package struct STUNMessageBuilder {
    /// The padding octet of attributes. RFC 8489 section 14 requires zero; the vectors of RFC 5769 have spaces.
    package var padding: UInt8 = 0

    private let start: Int
    private let transactionID: STUNTransactionID

    /// Appends the header of a Binding message to `message`.
    package init(
        _ messageClass: STUNMessage.Class, method: UInt16 = STUNMessage.bindingMethod, transactionID: STUNTransactionID,
        into message: inout [UInt8]
    ) {
        start = message.count
        self.transactionID = transactionID
        message.append(bigEndian: STUNHeader.type(messageClass, method: method))
        message.append(bigEndian: UInt16(0))
        message.append(bigEndian: STUNMessage.cookie)
        message.append(bigEndian: transactionID.high)
        message.append(bigEndian: transactionID.low)
    }

    /// Appends one attribute with its padding.
    package func append(_ attribute: STUNAttribute, to message: inout [UInt8]) {
        message.append(bigEndian: attribute.type.rawValue)
        message.append(bigEndian: UInt16(0))
        let valueStart = message.count
        appendValue(of: attribute, to: &message)
        let length = message.count - valueStart
        precondition(length <= STUNMessage.maximumOctets, "an attribute longer than any message")
        message.set(bigEndian: UInt16(truncatingIfNeeded: length), at: valueStart - 2)
        for _ in 0..<(-length & 3) { message.append(padding) }
        setLength(message.count - start, in: &message)
    }

    /// Appends MESSAGE-INTEGRITY over the message so far (section 14.5). The key of a short-term credential is its
    /// password.
    package func appendMessageIntegrity(key: Span<UInt8>, to message: inout [UInt8]) {
        let end = message.count
        setLength(end - start + STUNMessage.integrityOctets, in: &message)
        let code = HMACSHA1.authenticate(key: key, message.span.extracting(start..<end))
        message.append(bigEndian: STUNAttributeType.messageIntegrity.rawValue)
        message.append(bigEndian: UInt16(HMACSHA1.octets))
        for index in code.indices { message.append(code[index]) }
    }

    /// Appends FINGERPRINT over the message so far (section 14.7).
    package func appendFingerprint(to message: inout [UInt8]) {
        let end = message.count
        setLength(end - start + 8, in: &message)
        let checksum = CRC32.checksum(message.span.extracting(start..<end)) ^ STUNMessage.fingerprintMask
        message.append(bigEndian: STUNAttributeType.fingerprint.rawValue)
        message.append(bigEndian: UInt16(4))
        message.append(bigEndian: checksum)
    }

    private func appendValue(of attribute: STUNAttribute, to message: inout [UInt8]) {
        switch attribute {
        case .username(let text), .software(let text): message.append(contentsOf: text.utf8)
        case .priority(let priority): message.append(bigEndian: priority)
        case .useCandidate: break
        case .iceControlled(let tieBreaker), .iceControlling(let tieBreaker): message.append(bigEndian: tieBreaker)
        case .xorMappedAddress(let address): append(address.combined(with: transactionID), to: &message)
        case .mappedAddress(let address): append(address, to: &message)
        case .errorCode(let code):
            message.append(bigEndian: UInt16(0))
            message.append(UInt8(truncatingIfNeeded: code.rawValue / 100))
            message.append(UInt8(truncatingIfNeeded: code.rawValue % 100))
        case .unknownAttributes(let types):
            for index in 0..<types.count { message.append(bigEndian: types[index].rawValue) }
        case .other(_, let octets): message.append(contentsOf: octets)
        }
    }

    private func append(_ address: TransportAddress, to message: inout [UInt8]) {
        message.append(0)
        switch address.family {
        case .v4:
            message.append(1)
            message.append(bigEndian: address.port)
            message.append(bigEndian: UInt32(truncatingIfNeeded: address.low))
        case .v6:
            message.append(2)
            message.append(bigEndian: address.port)
            message.append(bigEndian: address.high)
            message.append(bigEndian: address.low)
        }
    }

    /// Sets the header's length field for a message of `octets` octets, header included.
    private func setLength(_ octets: Int, in message: inout [UInt8]) {
        message.set(bigEndian: UInt16(truncatingIfNeeded: octets - STUNMessage.headerOctets), at: start + 2)
    }
}
