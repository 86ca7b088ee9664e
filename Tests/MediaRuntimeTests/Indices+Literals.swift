import Forwarding

extension EncodingID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self.init(value) }
}

extension PeerIndex: ExpressibleByIntegerLiteral {
    /// A place of the first generation.
    public init(integerLiteral value: UInt32) { self.init(place: value, generation: 1) }
}
