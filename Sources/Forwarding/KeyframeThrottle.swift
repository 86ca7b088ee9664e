import Primitives

/// Decides when the publisher of an encoding is asked for a keyframe: at most one request per interval, however many
/// viewers ask, and again while somebody waits and none has come, ever more seldom.
package struct KeyframeThrottle: Sendable {
    /// At most one request per encoding in this time, on every path. It doubles with each request that no keyframe answers.
    package static let interval = Duration.milliseconds(500)
    /// Between two requests to a publisher that answers none.
    package static let longestInterval = Duration.seconds(16)
    /// The same where a viewer has asked since the last one.
    package static let longestIntervalForViewers = Duration.seconds(2)
    /// Between two requests for viewers who have a smaller picture of what they wait for: each keyframe costs everybody who watches the
    /// encoding as much as a quarter of a second of it, and among hundreds of viewers there is always one who waits.
    package static let spacing = Duration.seconds(2)
    /// So many such requests need no spacing.
    package static let burst = 3
    /// Beyond the round trip, the time that a viewer needs to find out that it cannot decode.
    package static let reaction = Duration.milliseconds(50)

    /// How long a keyframe that was asked for may take before the control plane is told that none comes.
    package static let patience = Duration.seconds(5)
    /// Between two such tellings about one encoding.
    package static let tellingInterval = Duration.seconds(60)

    private enum State: Sendable {
        /// Nobody waits. -> wantedAsLarger, wanted, wantedByViewer
        case idle
        /// Somebody who has a smaller picture waits for this one. -> wanted with the next request; wantedByViewer; idle when one
        /// begins
        case wantedAsLarger
        /// Somebody waits for a keyframe. -> wantedByViewer; idle when one begins
        case wanted
        /// A viewer has asked, or begun to watch, since the last request. -> wanted with the next one; idle when a keyframe
        /// begins
        case wantedByViewer
    }

    private var state = State.idle
    private var lastRequest: MonotonicInstant?
    private var lastKeyframe: MonotonicInstant?
    /// Requests since the last keyframe.
    package private(set) var unanswered = 0
    /// Since when a keyframe is wanted; `nil` while none is.
    package private(set) var wantedSince: MonotonicInstant?

    private var lastTelling: MonotonicInstant?
    /// When the requests for viewers with a smaller picture would all have been sent, had each kept the spacing.
    private var spacedUntil = MonotonicInstant.zero

    package init() {}

    /// A keyframe is needed: packets are lost, or another encoding is chosen.
    package mutating func want(at now: MonotonicInstant) {
        if state == .idle || state == .wantedAsLarger { state = .wanted }
        if wantedSince == nil { wantedSince = now }
    }

    /// A viewer who has a smaller picture waits for this encoding.
    package mutating func wantAsLarger(at now: MonotonicInstant) {
        if state == .idle { state = .wantedAsLarger }
        if wantedSince == nil { wantedSince = now }
    }

    /// A viewer begins to watch and needs a keyframe.
    package mutating func wantForViewer(at now: MonotonicInstant) {
        state = .wantedByViewer
        if wantedSince == nil { wantedSince = now }
    }

    /// A viewer asks for a keyframe, which it may have done before it saw the last one: then that one is its answer. If it
    /// lost that one too it asks again.
    package mutating func want(byViewerAt now: MonotonicInstant, roundTrip: Duration) {
        if let lastKeyframe, now - lastKeyframe < roundTrip + Self.reaction { return }
        wantForViewer(at: now)
    }

    /// A keyframe is needed, and what was asked before may never have reached the publisher: its path has changed.
    package mutating func wantAnew(at now: MonotonicInstant) {
        state = .wanted
        if wantedSince == nil { wantedSince = now }
        lastRequest = nil
        unanswered = 0
    }

    /// Nobody who waited is there any more.
    package mutating func endWaiting() {
        state = .idle
        wantedSince = nil
    }

    /// A keyframe begins: whoever waited is served.
    package mutating func keyframeBegan(at now: MonotonicInstant) {
        state = .idle
        wantedSince = nil
        lastKeyframe = now
        unanswered = 0
    }

    /// When `takeRequest` will next say yes; `nil` while nobody waits.
    package var nextTimeout: MonotonicInstant? {
        let longest: Duration
        switch state {
        case .idle: return nil
        case .wanted, .wantedAsLarger: longest = Self.longestInterval
        case .wantedByViewer: longest = Self.longestIntervalForViewers
        }
        let spaced = spacedUntil - Self.spacing * (Self.burst - 1)
        let earliest = state == .wantedAsLarger ? max(spaced, .zero) : .zero
        guard let lastRequest else { return earliest }
        let doublings = min(max(unanswered - 1, 0), 8)
        return max(lastRequest + min(Self.interval * (1 << doublings), longest), earliest)
    }

    /// When `takeTelling` will next say yes; `nil` while no keyframe that was asked for is awaited.
    package var nextTelling: MonotonicInstant? {
        guard let wantedSince, unanswered > 0 else { return nil }
        let due = wantedSince + Self.patience
        guard let lastTelling else { return due }
        return max(due, lastTelling + Self.tellingInterval)
    }

    /// Whether the control plane is to be told now that a keyframe does not come; notes it as told.
    package mutating func takeTelling(now: MonotonicInstant) -> Bool {
        guard let due = nextTelling, due <= now else { return false }
        lastTelling = now
        return true
    }

    /// Whether a request is to be sent now; notes it as sent.
    ///
    /// - Parameter seesAnswer: whether a keyframe will be known for one; else a request is not repeated.
    package mutating func takeRequest(now: MonotonicInstant, seesAnswer: Bool = true) -> Bool {
        guard let due = nextTimeout, due <= now else { return false }
        lastRequest = now
        if state == .wantedAsLarger { spacedUntil = max(spacedUntil, now) + Self.spacing }
        if seesAnswer {
            state = .wanted
            unanswered += 1
        } else {
            state = .idle
            wantedSince = nil
        }
        return true
    }
}
