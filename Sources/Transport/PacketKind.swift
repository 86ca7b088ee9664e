/// What a packet was for, as an estimator of the path wants to know it.
package enum PacketKind: UInt8, Sendable, CaseIterable {
    case audio
    case video
    /// A packet that is sent again (RFC 4588).
    case retransmission
    /// Padding that fills a rate.
    case padding
    /// Padding that measures whether the path carries more.
    case probe
}
