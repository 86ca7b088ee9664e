/// Why a payload is invalid for its payload type.
package enum PayloadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The payload ends early: required and available octets, counted from its start.
    case truncated(needed: Int, available: Int)
    /// A packet or unit type that the negotiated mode does not allow.
    case unsupportedType(UInt8)
    /// More parts than one payload may hold.
    case tooMany(limit: Int)
    /// A number longer than its longest valid form.
    case oversizedNumber
    /// Flags that exclude each other.
    case contradiction

    package var description: String {
        switch self {
        case .truncated(let needed, let available): "payload needs \(needed) octets, has \(available)"
        case .unsupportedType(let type): "payload of unsupported type \(type)"
        case .tooMany(let limit): "payload of more than \(limit) parts"
        case .oversizedNumber: "payload with a number that does not end"
        case .contradiction: "payload with flags that exclude each other"
        }
    }
}

extension Span where Element == UInt8 {
    /// Throws unless there are `count` octets.
    func need(_ count: Int) throws(PayloadError) {
        guard self.count >= count else { throw .truncated(needed: count, available: self.count) }
    }
}
