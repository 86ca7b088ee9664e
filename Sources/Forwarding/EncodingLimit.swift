import Primitives

/// The bitrate above which a track's largest encoding is of use to no viewer, as its publisher is told: what the viewer with the most
/// room can be sent of it, never that of the others.
///
/// Down only after a while, so that no moment's congestion counts; up at once, in steps, so that who is sent the encoding can follow.
package struct EncodingLimit: Sendable {
    /// A lower limit is told after the room was too small for so long.
    package static let patience = Duration.seconds(5)
    /// A limit that would differ by less than one part in so many is not told.
    package static let change: Int64 = 5
    /// A limit rises to this multiple at once at most, and again at the next call, a second later.
    package static let rise = 1.5
    /// The largest encoding is left this multiple of the next smaller one's rate: with less it would be no better.
    package static let distance = 1.5
    /// The lowest limit.
    package static let least = Bitrate.kilobits(100)

    /// In bits per second of payload; `nil` where the publisher may send what it likes.
    package private(set) var value: Bitrate?
    /// The encoding that is limited; another one begins without a limit.
    private var encoding: EncodingIndex?
    /// The rate of the encoding while it had no limit; `nil` before it was measured.
    package private(set) var natural: Bitrate?
    /// Since when the room has been too small, and the most that there was meanwhile.
    private var lowering: (since: MonotonicInstant, most: Bitrate)?

    package init() {}

    /// Follows the room; called about once a second.
    ///
    /// - Parameters:
    ///   - encoding: the largest one that is sent.
    ///   - room: what the viewer with the most room can be sent of the encoding, payload only; `nil` where there is one of whom that is
    ///     not known, or nobody wants the encoding.
    ///   - rate: the encoding's measured rate; `nil` while it is not known.
    ///   - below: the rate of the next smaller encoding; `nil` without one.
    /// - Returns: whether the publisher is to be told.
    package mutating func update(
        _ encoding: EncodingIndex, room: Bitrate?, rate: Bitrate?, below: Bitrate?, now: MonotonicInstant
    ) -> Bool {
        if encoding != self.encoding {
            let wasLimited = reset()
            self.encoding = encoding
            if wasLimited { return true }
        }
        if value == nil { natural = rate }
        guard let natural else { return false }
        let floor = max(
            Self.least.bitsPerSecond, Int64(Double(below?.bitsPerSecond ?? 0) * Self.distance))
        let wanted = min(room.map { max($0.bitsPerSecond, floor) } ?? .max, natural.bitsPerSecond)
        let current = value?.bitsPerSecond ?? natural.bitsPerSecond
        let step = current / Self.change
        if wanted <= current - step {
            let most = max(wanted, lowering?.most.bitsPerSecond ?? 0)
            let since = lowering?.since ?? now
            lowering = (since, Bitrate(bitsPerSecond: most))
            guard now - since >= Self.patience else { return false }
            lowering = nil
            value = Bitrate(bitsPerSecond: most)
            return true
        }
        lowering = nil
        guard value != nil, wanted >= current + step || wanted == natural.bitsPerSecond else { return false }
        let raised = min(wanted, Int64(Double(current) * Self.rise))
        value = raised >= natural.bitsPerSecond ? nil : Bitrate(bitsPerSecond: raised)
        return true
    }

    /// No limit any more; called when the gate closes.
    ///
    /// - Returns: whether there was one.
    mutating func reset() -> Bool {
        defer { self = EncodingLimit() }
        return value != nil
    }
}
