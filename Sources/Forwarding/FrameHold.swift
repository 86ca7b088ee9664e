import Primitives

/// Holds the packets of a picture back until the last of them has come, so that they leave in one message per viewer.
///
/// A message costs the kernel far more than another packet in it, and browsers send a picture's packets within a
/// millisecond or two of each other, but seldom so close that one wake finds them all.
package struct FrameHold: Sendable {
    /// Packets that are held at most.
    package static let maximumPackets = 64

    /// When the first of the packets that wait came; `nil` while none does.
    private var since: MonotonicInstant?
    private var packets = 0
    private var isDue = false

    package init() {}

    /// Notes a packet that waits.
    ///
    /// - Parameter isLast: whether there is nothing to wait for behind it: it ends its picture, or comes late already.
    package mutating func note(isLast: Bool, at now: MonotonicInstant) {
        if since == nil { since = now }
        packets &+= 1
        if isLast || packets >= Self.maximumPackets { isDue = true }
    }

    /// Until when the packets are to be held; `nil` where they are to leave now.
    ///
    /// - Parameter longest: from the first packet on.
    package func deadline(longest: Duration, now: MonotonicInstant) -> MonotonicInstant? {
        guard !isDue, let since, since + longest > now else { return nil }
        return since + longest
    }

    /// Forgets the packets that have left.
    package mutating func release() { self = FrameHold() }
}
