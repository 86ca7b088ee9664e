import Primitives

/// Who divides the bandwidth of viewers among their subscriptions, with `Router.setCap` and `setPaused`.
package protocol AllocationObserver: AnyObject {
    /// Encodings of a track have begun, stopped, or changed their sizes: what its subscriptions may get is chosen anew, before anything is
    /// sent to them.
    func encodingsChanged(of track: PublishedTrack, now: MonotonicInstant)
}
