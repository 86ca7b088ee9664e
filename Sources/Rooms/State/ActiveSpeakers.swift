import MediaControl
import Primitives

/// Who speaks in a room, the loudest first, and when everybody is told.
struct ActiveSpeakers: Sendable {
    /// Between two announcements in a room of up to `crowd` participants; the worker tells no more often than that.
    static let interval = Duration.milliseconds(250)
    /// In rooms of more than so many participants announcements come once a second.
    static let crowd = 500
    static let crowdInterval = Duration.seconds(1)

    /// Loudness by track, 0 to 1, of those that are spoken in.
    private(set) var loudness: [TrackID: Double] = [:]
    /// When each track was last heard of.
    private var lastHeard: [TrackID: MonotonicInstant] = [:]
    private var lastTold: MonotonicInstant?
    private var due: MonotonicInstant?

    /// When the speakers are to be told; `nil` while nothing has changed.
    var nextTimeout: MonotonicInstant? { due }

    /// Updates the loudness of tracks.
    ///
    /// - Returns: whether others speak than before.
    mutating func noteLoudness(_ changes: [TrackSpeech], participants: Int, now: MonotonicInstant) -> Bool {
        let before = Set(loudness.keys)
        for change in changes {
            loudness[change.track] = change.loudness
            lastHeard[change.track] = now
        }
        let interval = participants > Self.crowd ? Self.crowdInterval : Self.interval
        if due == nil { due = max(lastTold.map { $0 + interval } ?? now, now) }
        return Set(loudness.keys) != before
    }

    /// Forgets tracks that are not `current`.
    mutating func keep(_ current: Set<TrackID>) {
        lastHeard = lastHeard.filter { current.contains($0.key) }
        loudness = loudness.filter { current.contains($0.key) }
    }

    /// Whether the speakers are to be announced now; if so, notes the time.
    mutating func takeDue(at now: MonotonicInstant) -> Bool {
        guard let due, due <= now else { return false }
        self.due = nil
        lastTold = now
        return true
    }

    /// Whether `a` is to be heard before `b`: who speaks, the loudest first, then who spoke last.
    func isBefore(_ a: TrackID, _ b: TrackID) -> Bool {
        switch (loudness[a], loudness[b]) {
        case (let first?, let second?): return first > second
        case (.some, nil): return true
        case (nil, .some): return false
        case (nil, nil):
            let never = MonotonicInstant(nanoseconds: .min)
            return lastHeard[a] ?? never > lastHeard[b] ?? never
        }
    }
}
