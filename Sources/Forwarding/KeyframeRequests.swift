import Primitives

/// When the publisher of a track was last asked for a keyframe, of whichever encoding.
///
/// Browsers answer a request for one encoding with keyframes of all (Chromium since 2017): two encodings that are wanted within the
/// interval cost one request. Where a publisher answers for the one encoding alone, the next request goes to the other.
package struct KeyframeRequests: Sendable {
    private var last: MonotonicInstant?

    package init() {}

    /// When the next request may be sent.
    fileprivate var due: MonotonicInstant { last.map { $0 + KeyframeThrottle.interval } ?? .zero }

    fileprivate mutating func note(at now: MonotonicInstant) { last = now }

    /// What was asked before may never have been heard.
    package mutating func reset() { last = nil }
}

extension PublishedTrack {
    /// When `takeKeyframeRequest` will next have something to ask for; `nil` while nobody waits.
    package var nextKeyframeRequest: MonotonicInstant? {
        var next: MonotonicInstant?
        for encoding in encodings where encoding.ssrc != nil && encoding.mayAskForKeyframe {
            next = earliest(next, encoding.keyframes.nextTimeout)
        }
        return next.map { max($0, requests.due) }
    }

    /// The encoding of which a keyframe is to be requested now, the one that was waited for longest; notes it as asked.
    package func takeKeyframeRequest(now: MonotonicInstant) -> PublishedEncoding? {
        guard requests.due <= now else { return nil }
        var asked: PublishedEncoding?
        for encoding in encodings where encoding.ssrc != nil && encoding.mayAskForKeyframe {
            guard let due = encoding.keyframes.nextTimeout, due <= now else { continue }
            if let known = asked?.keyframes.wantedSince, known <= encoding.keyframes.wantedSince ?? now { continue }
            asked = encoding
        }
        guard let asked, asked.keyframes.takeRequest(now: now, seesAnswer: !isOpaque || asked.tellsKeyframes) else {
            return nil
        }
        requests.note(at: now)
        return asked
    }
}
