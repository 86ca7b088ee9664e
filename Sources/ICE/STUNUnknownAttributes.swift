/// The first comprehension-required attribute types that are unknown: the contents of UNKNOWN-ATTRIBUTES.
package struct STUNUnknownAttributes: Hashable, Sendable {
    /// The largest number of kept types, because a 420 answer must not be larger than its request.
    package static let maximumCount = 4

    private var types: UInt64 = 0
    /// The number of kept types.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The types, in the order of the message.
    package subscript(index: Int) -> STUNAttributeType {
        STUNAttributeType(rawValue: UInt16(truncatingIfNeeded: types &>> UInt64(index &* 16)))
    }

    /// Appends `type` unless `maximumCount` is reached.
    package mutating func append(_ type: STUNAttributeType) {
        guard count < Self.maximumCount else { return }
        types |= UInt64(type.rawValue) &<< UInt64(count &* 16)
        count += 1
    }
}
