import Primitives
import RTP

// Which encoding each subscription gets. The maximum suffices for the size at which the viewer shows the picture; the target is the
// largest that is being sent up to the maximum and the cap; the current encoding becomes the target at a keyframe.
extension Router {
    /// Notes how large a subscription's viewer shows what it carries.
    package func setDemand(of index: SubscriptionIndex, to demand: PictureDemand, now: MonotonicInstant) {
        guard details[index] != nil, details[index]?.demand != demand else { return }
        details[index]?.demand = demand
        aim(index, now: now)
    }

    /// Bounds what a subscription is sent of its track by what its viewer's link carries; `nil` for everything. Ends with the
    /// track.
    package func setCap(of index: SubscriptionIndex, to cap: LayerChoice?, now: MonotonicInstant) {
        guard details[index] != nil, details[index]?.cap != cap else { return }
        details[index]?.cap = cap
        aim(index, now: now)
    }

    /// How large a subscription's viewer shows what it carries; `nil` where it was removed.
    package func demand(of index: SubscriptionIndex) -> PictureDemand? { details[index]?.demand }

    /// The encoding that suffices for a subscription's demand; `nil` before the first packet of its track.
    package func maximum(of index: SubscriptionIndex) -> EncodingIndex? { details[index]?.maximum }

    /// Chooses the target of one subscription anew.
    private func aim(_ index: SubscriptionIndex, now: MonotonicInstant) {
        guard let track = track(of: index), !track.isAudio, aim(index, in: track, now: now) else { return }
        settle(track)
        request(.askForKeyframes(track.origin))
    }

    /// Chooses the target of a subscription, and wants a keyframe of it where it is another than before.
    ///
    /// - Returns: whether it is.
    private func aim(_ index: SubscriptionIndex, in track: PublishedTrack, now: MonotonicInstant) -> Bool {
        let record = unsafe subscriptions[index]
        let encoding = chooseTarget(of: index, in: track)
        guard unsafe record.pointee.target != encoding?.id else { return false }
        unsafe record.pointee.aim(at: encoding?.id, now: now)
        guard let encoding, !track.isAudio, unsafe record.pointee.currentEncoding != encoding.id else { return true }
        // One that begins in this turn serves.
        if !encoding.hasPendingStart { encoding.keyframes.want(at: now) }
        return true
    }

    /// The encoding that a subscription is to get: `nil` before the first packet of its track.
    func chooseTarget(of index: SubscriptionIndex, in track: PublishedTrack) -> PublishedEncoding? {
        guard let known = details[index],
            let maximum = track.ladder.maximum(for: known.demand, keeping: known.maximum)
        else { return nil }
        if known.maximum != maximum { details[index]?.maximum = maximum }
        return track.ladder.target(maximum: maximum, cap: known.cap?.encoding).map { track[$0] }
    }

    /// Chooses the targets of a track's subscriptions anew, where one may be another.
    func chooseTargets(of track: PublishedTrack, now: MonotonicInstant) {
        guard track.updateLadder(at: now) else { return }
        var hasChanged = false
        for subscriber in track.subscribers where aim(subscriber.subscription, in: track, now: now) {
            hasChanged = true
        }
        guard hasChanged else { return }
        settle(track)
        request(.askForKeyframes(track.origin))
    }
}
