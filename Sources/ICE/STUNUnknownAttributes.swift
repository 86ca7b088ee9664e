/// The first few attribute types that a request requires and that are not known here: what UNKNOWN-ATTRIBUTES lists.
package struct STUNUnknownAttributes: Hashable, Sendable {
    /// How many are kept; a 420 answer must not outgrow its request.
    package static let maximumCount = 4

    private var types: UInt64 = 0
    /// How many are kept here.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The types, in the order of the message.
    package subscript(index: Int) -> STUNAttributeType {
        STUNAttributeType(rawValue: UInt16(truncatingIfNeeded: types &>> UInt64(index &* 16)))
    }

    /// Keeps `type` as long as there is room.
    package mutating func append(_ type: STUNAttributeType) {
        guard count < Self.maximumCount else { return }
        types |= UInt64(type.rawValue) &<< UInt64(count &* 16)
        count += 1
    }
}
