/// What became of a protected packet.
package enum SRTPUnprotected: Equatable, Sendable {
    /// Genuine and new: its first `count` octets are the packet in clear.
    case ok(count: Int)
    /// The tag is not that of the packet.
    case authenticationFailed
    /// Seen before, or older than the replay window.
    case replayed
    /// Too short, too long, not version 2, a header past the end, or RTCP that is not encrypted.
    case malformed
}
