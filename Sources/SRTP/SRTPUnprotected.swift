/// The result of unprotecting a packet.
package enum SRTPUnprotected: Equatable, Sendable {
    /// Authentic and new: the first `count` octets are the packet in clear.
    case ok(count: Int)
    /// The tag is wrong.
    case authenticationFailed
    /// Seen before, or older than the replay window.
    case replayed
    /// Too short, too long, not version 2, a header that exceeds the packet, or unencrypted RTCP.
    case malformed
}
