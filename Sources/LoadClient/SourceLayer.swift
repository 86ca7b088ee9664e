/// Which encoding of which publisher a source is.
struct SourceLayer: Hashable, Sendable {
    /// A number of the publisher, the same for all its encodings.
    var publisher: UInt32
    /// The smallest is 0.
    var encoding: Int
}
