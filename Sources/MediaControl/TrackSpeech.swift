import Primitives

/// Whether somebody speaks in a published track, and how loud.
package struct TrackSpeech: Hashable, Sendable {
    package var track: TrackID
    /// 0 (silence) to 1 (overload); `nil` where nobody speaks.
    package var loudness: Double?

    package init(track: TrackID, loudness: Double?) {
        self.track = track
        self.loudness = loudness
    }
}
