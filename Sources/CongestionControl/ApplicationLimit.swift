import Primitives

/// Whether much less is sent than the estimate allows, so that the path cannot show what it carries (libwebrtc's ALR).
///
/// It goes by time and not by packets: a viewer who is sent nothing is limited as well.
package struct ApplicationLimit: Sendable {
    /// The part of the estimate that is compared with what is sent.
    package static let fraction = 0.65
    /// The stretch of time over which unused rate is counted.
    package static let window = Duration.milliseconds(500)
    private static let windowSeconds = window.inSeconds
    /// Limited above the first part of the window's budget, no longer below the second.
    package static let entry = 0.8
    package static let exit = 0.5

    /// Unused octets; negative for what was sent beyond.
    private var budget = 0.0
    private var updatedAt: MonotonicInstant?
    /// Since when less is sent; `nil` where it is not.
    package private(set) var since: MonotonicInstant?
    /// When that ended last.
    package private(set) var endedAt: MonotonicInstant?

    package init() {}

    package var isLimited: Bool { since != nil }

    /// Follows the time and what was sent.
    ///
    /// - Parameter estimate: in bits per second.
    package mutating func note(octets: Int, estimate: Double, now: MonotonicInstant) {
        let limit = Self.fraction * estimate * Self.windowSeconds / 8
        let before = updatedAt ?? now
        if now.nanoseconds > before.nanoseconds {
            let elapsed = Double(now.nanoseconds &- before.nanoseconds) / 1e9
            budget = min(budget + Self.fraction * estimate * elapsed / 8, limit)
            updatedAt = now
        } else {
            updatedAt = before
        }
        budget = max(budget - Double(octets), -limit)
        let ratio = budget / max(limit, 1)
        if since == nil, ratio > Self.entry {
            since = now
        } else if since != nil, ratio < Self.exit {
            since = nil
            endedAt = now
        }
    }
}
