import Primitives

/// The rate at which octets come, over windows of half a second, smoothed so that one keyframe does not decide.
package struct SmoothedRate: Sendable {
    /// A window is this long at least, in nanoseconds; it ends with the first packet after that.
    package static let window: Int64 = 500_000_000

    /// A window's rate is followed by this fraction of the difference.
    private static let followShift: Int64 = 2

    /// `nil` before the end of the first window.
    package private(set) var value: Bitrate?
    private var since: MonotonicInstant?
    private var octets: Int64 = 0

    package init() {}

    /// Notes octets that came.
    package mutating func note(octets: Int, at now: MonotonicInstant) {
        guard let since else {
            self.since = now
            return
        }
        self.octets &+= Int64(octets)
        let elapsed = now.nanoseconds &- since.nanoseconds
        guard elapsed >= Self.window else { return }
        // Octets of any window, even of a day, times 8,000 fit 64 bits; its milliseconds are 500 at least.
        let measured = self.octets &* 8_000 / (elapsed / 1_000_000)
        let known = value?.bitsPerSecond ?? measured
        value = Bitrate(bitsPerSecond: known &+ (measured &- known) &>> Self.followShift)
        self.since = now
        self.octets = 0
    }
}
