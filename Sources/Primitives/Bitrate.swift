/// A rate in bits per second.
package struct Bitrate: Comparable, Hashable, Sendable {
    package var bitsPerSecond: Int64
    package init(bitsPerSecond: Int64) { self.bitsPerSecond = bitsPerSecond }

    package static let zero = Bitrate(bitsPerSecond: 0)
    package static func kilobits(_ value: Int64) -> Bitrate { Bitrate(bitsPerSecond: value &* 1_000) }
    package static func < (a: Bitrate, b: Bitrate) -> Bool { a.bitsPerSecond < b.bitsPerSecond }
}
