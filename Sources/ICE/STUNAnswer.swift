import Primitives

/// The answer to an authenticated Binding request. Answers carry no reason phrase, so that none is larger than its
/// request.
enum STUNAnswer {
    /// Success, with the address that the request came from (RFC 8445 section 7.3.1.2).
    case success(TransportAddress)
    /// The request requires unknown attributes (RFC 8489 section 6.3.1).
    case unknownAttributes(STUNUnknownAttributes)
    /// Both ends claim one role (RFC 8445 section 7.3.1.1).
    case roleConflict

    /// Appends the answer to `response`, with the key that authenticated the request (RFC 8489 section 9.1.3).
    func write(to transactionID: STUNTransactionID, key: Span<UInt8>, into response: inout [UInt8]) {
        let messageClass: STUNMessage.Class =
            switch self {
            case .success: .success
            case .unknownAttributes, .roleConflict: .error
            }
        let builder = STUNMessageBuilder(messageClass, transactionID: transactionID, into: &response)
        switch self {
        case .success(let address): builder.append(.xorMappedAddress(address), to: &response)
        case .unknownAttributes(let types):
            builder.append(.errorCode(.unknownAttribute), to: &response)
            builder.append(.unknownAttributes(types), to: &response)
        case .roleConflict: builder.append(.errorCode(.roleConflict), to: &response)
        }
        builder.appendMessageIntegrity(key: key, to: &response)
        builder.appendFingerprint(to: &response)
    }
}
