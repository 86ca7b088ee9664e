/// What a packet was sent for: noted when it leaves, and handed to the estimator of the path with the packet's outcome.
///
/// Public, because the compiler inlines no `package` function of another module into the packet path.
@frozen public enum PacketKind: UInt8, Sendable, CaseIterable {
    case audio
    case video
    /// A packet that is sent again (RFC 4588).
    case retransmission
    /// Padding that fills a rate.
    case padding
    /// A packet of a probe cluster, sent to measure whether the path carries more.
    case probe
}
