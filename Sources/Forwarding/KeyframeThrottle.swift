import Primitives

/// Decides when the publisher of an encoding is asked for a keyframe: at most one request per interval, however many
/// viewers ask, and again while somebody waits and none has come.
package struct KeyframeThrottle: Sendable {
    /// At most one request per encoding in this time, on every path.
    package static let interval = Duration.milliseconds(500)
    /// Beyond the round trip, the time that a viewer needs to find out that it cannot decode.
    package static let reaction = Duration.milliseconds(50)

    private enum State: Sendable {
        /// Nobody waits. -> wanted
        case idle
        /// Somebody waits for a keyframe. -> idle when one begins
        case wanted
    }

    private var state = State.idle
    private var lastRequest: MonotonicInstant?
    private var lastKeyframe: MonotonicInstant?

    package init() {}

    /// Somebody begins to watch and needs a keyframe.
    package mutating func want() { state = .wanted }

    /// A viewer asks for a keyframe, which it may have done before it saw the last one: then that one is its answer. If it
    /// lost that one too it asks again.
    package mutating func want(byViewerAt now: MonotonicInstant, roundTrip: Duration) {
        if let lastKeyframe, now - lastKeyframe < roundTrip + Self.reaction { return }
        want()
    }

    /// A keyframe begins: whoever waited is served.
    package mutating func keyframeBegan(at now: MonotonicInstant) {
        state = .idle
        lastKeyframe = now
    }

    /// When `takeRequest` will next say yes; `nil` while nobody waits.
    package var nextTimeout: MonotonicInstant? {
        switch state {
        case .idle: nil
        case .wanted: lastRequest.map { $0 + Self.interval } ?? .zero
        }
    }

    /// Whether a request is to be sent now; notes it as sent.
    ///
    /// - Parameter seesAnswer: whether a keyframe will be known for one; else a request is not repeated.
    package mutating func takeRequest(now: MonotonicInstant, seesAnswer: Bool = true) -> Bool {
        guard let due = nextTimeout, due <= now else { return false }
        lastRequest = now
        if !seesAnswer { state = .idle }
        return true
    }
}
