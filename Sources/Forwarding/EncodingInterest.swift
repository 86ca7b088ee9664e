import Primitives

/// Which encodings of a track anybody wants, as its publisher is told: off only after a while without interest, because an encoding
/// that comes back costs every viewer a keyframe; on at once.
package struct EncodingInterest: Sendable {
    /// An encoding that nobody wants for so long is told to be unwanted.
    package static let patience = Duration.seconds(5)

    private enum State: Sendable {
        /// Somebody wants it. -> fading when nobody does
        ///
        /// - Parameter since: when it was wanted again after it was off; `nil` where it was not.
        case wanted(since: MonotonicInstant?)
        /// Nobody has wanted it since then; the publisher does not know. -> wanted; off after `patience`
        case fading(since: MonotonicInstant)
        /// The publisher was told that nobody wants it. -> wanted
        case off
    }

    /// By `EncodingIndex`; those beyond are wanted.
    private var states: [State] = []

    package init() {}

    /// Whether the publisher is to send an encoding.
    package func isWanted(_ index: Int) -> Bool {
        guard states.indices.contains(index), case .off = states[index] else { return true }
        return false
    }

    /// When an encoding was last wanted again after it was off.
    func wantedAgain(_ index: Int) -> MonotonicInstant? {
        guard states.indices.contains(index), case .wanted(let since) = states[index] else { return nil }
        return since
    }

    /// When an encoding is to be told as unwanted; `nil` while none is.
    var nextTimeout: MonotonicInstant? {
        var next: MonotonicInstant?
        for case .fading(let since) in states { next = earliest(next, since + Self.patience) }
        return next
    }

    /// Takes note of who is wanted now.
    ///
    /// - Returns: whether the publisher is to be told.
    mutating func update(count: Int, now: MonotonicInstant, isWanted: (Int) -> Bool) -> Bool {
        while states.count < count { states.append(.wanted(since: nil)) }
        var hasChanged = false
        for index in states.indices {
            switch (states[index], isWanted(index)) {
            case (.wanted, false): states[index] = .fading(since: now)
            case (.fading, true): states[index] = .wanted(since: nil)
            case (.fading(let since), false) where now - since >= Self.patience:
                states[index] = .off
                hasChanged = true
            case (.off, true):
                states[index] = .wanted(since: now)
                hasChanged = true
            case (.wanted, true), (.fading, false), (.off, false): break
            }
        }
        return hasChanged
    }

    /// All are wanted again; called when the gate closes.
    ///
    /// - Returns: whether one was off.
    mutating func reset() -> Bool {
        let wasOff = states.contains { if case .off = $0 { true } else { false } }
        states.removeAll()
        return wasOff
    }
}
