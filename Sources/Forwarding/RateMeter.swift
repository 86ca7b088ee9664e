import Primitives

/// The rate at which octets come, over windows of half a second.
package struct RateMeter: Sendable {
    /// A window is this long at least, in nanoseconds; it ends with the first packet after that.
    package static let window: Int64 = 500_000_000

    /// The rate of the last whole window; `nil` before its end.
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
        value = Bitrate(bitsPerSecond: self.octets &* 8_000 / (elapsed / 1_000_000))
        self.since = now
        self.octets = 0
    }
}
