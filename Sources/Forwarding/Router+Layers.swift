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

    /// Sends a subscription nothing of its track, or something again, which begins with a keyframe: `begin` has it caught up. Ends
    /// with the track.
    package func setPaused(_ index: SubscriptionIndex, _ isPaused: Bool, now: MonotonicInstant) {
        guard let track = track(of: index), details[index]?.isPaused != isPaused else { return }
        details[index]?.isPaused = isPaused
        if isPaused { unsafe subscriptions[index].pointee.interrupt() }
        guard aim(index, in: track, now: now) else { return }
        settle(track)
    }

    /// Whether a subscription is sent nothing of its track for want of bandwidth.
    package func isPaused(_ index: SubscriptionIndex) -> Bool { details[index]?.isPaused ?? false }

    /// The encodings that are sent now and that a subscription could use, from the smallest to the largest.
    package func usableEncodings(of index: SubscriptionIndex) -> [EncodingIndex] {
        guard let track = track(of: index), track.isOpen, let known = details[index],
            let maximum = track.ladder.maximum(for: known.demand, keeping: known.maximum),
            let top = track.ladder.rank(of: maximum)
        else { return [] }
        let flowing = track.ladder.rungs.filter(\.isFlowing).map(\.encoding)
        let within = flowing.filter { (track.ladder.rank(of: $0) ?? 0) <= top }
        return within.isEmpty ? Array(flowing.prefix(1)) : within
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

    /// Chooses the target of a subscription, and sees to it that the subscription gets there: up at a keyframe, which is wanted, down
    /// out of the buffer.
    ///
    /// - Returns: whether it is another than before.
    private func aim(_ index: SubscriptionIndex, in track: PublishedTrack, now: MonotonicInstant) -> Bool {
        let record = unsafe subscriptions[index]
        let encoding = chooseTarget(of: index, in: track)
        let hasLaneChanged = encoding.map { aimLane(of: index, in: $0, track, now: now) } ?? false
        guard unsafe record.pointee.target != encoding?.id else { return hasLaneChanged }
        unsafe record.pointee.aim(at: encoding?.id, now: now)
        let current = unsafe record.pointee.currentEncoding
        guard let encoding, !track.isAudio, current != encoding.id else { return true }
        // One that begins in this turn serves.
        guard !encoding.hasPendingStart else { return true }
        if isTurned(from: current, to: encoding, in: track) {
            catchUps.turned.append(index)
        } else {
            guard let current else {
                encoding.keyframes.want(at: now)
                return true
            }
            let isShown = track.index(of: current).map { track.isFlowing($0, at: now) } ?? false
            if isShown { encoding.keyframes.wantAsLarger(at: now) } else { encoding.keyframes.want(at: now) }
            // A publisher that does not listen (OBS over WHIP) sends its next keyframe when it pleases.
            catchUps.wait(
                .init(
                    purpose: .larger, subscription: index, track: track.id, since: now,
                    due: now + CatchUps.patienceOfTheLost))
        }
        return true
    }

    /// Whether a subscription goes down to a smaller encoding, or begins with one that has sent a keyframe already.
    private func isTurned(
        from current: EncodingID?, to target: PublishedEncoding, in track: PublishedTrack
    ) -> Bool {
        guard track.hasSeveralSources else { return false }
        guard let current else { return target.cache.lastKeyframe != nil }
        guard let old = track.index(of: current).flatMap({ track.ladder.rank(of: $0) }),
            let new = track.index(of: target.id).flatMap({ track.ladder.rank(of: $0) })
        else { return false }
        return new < old
    }

    /// The encoding that a subscription is to get: `nil` before the first packet of its track, and while the first choice waits.
    func chooseTarget(of index: SubscriptionIndex, in track: PublishedTrack) -> PublishedEncoding? {
        guard track.choiceDue == nil, let known = details[index], !known.isPaused,
            let maximum = track.ladder.maximum(for: known.demand, keeping: known.maximum)
        else { return nil }
        if known.maximum != maximum {
            details[index]?.maximum = maximum
            noteInterest(in: track)
        }
        return track.ladder.target(maximum: maximum, cap: known.cap?.encoding).map { track[$0] }
    }

    /// Chooses the targets of a track's subscriptions anew, where one may be another.
    func chooseTargets(of track: PublishedTrack, now: MonotonicInstant) {
        let isFirst = track.ladder.isEmpty
        let hasLayersChanged = track.takeLayersChange()
        let hasLadderChanged = track.updateLadder(at: now)
        guard hasLadderChanged || hasLayersChanged else { return }
        if hasLadderChanged { noteInterest(in: track) }
        guard !waitsForOthers(track, isFirst: isFirst, now: now) else { return }
        aimAll(of: track, now: now)
    }

    /// Whether the first choice is to wait: the encodings of the first picture come one after the other, and whoever begins with a
    /// smaller one sees it change.
    private func waitsForOthers(_ track: PublishedTrack, isFirst: Bool, now: MonotonicInstant) -> Bool {
        guard track.encodings.count > 1, isFirst || track.choiceDue != nil else { return false }
        let due = track.choiceDue ?? now + CatchUps.patienceForLargest
        guard track.ladder.rungs.count < track.encodings.count, now < due else {
            track.choiceDue = nil
            return false
        }
        track.choiceDue = due
        nextChoice = earliest(nextChoice, due)
        return true
    }

    /// Makes the first choices that have waited long enough.
    func makeDueChoices(now: MonotonicInstant) {
        guard let due = nextChoice, due <= now else { return }
        nextChoice = nil
        for track in tracks.values {
            guard let due = track.choiceDue else { continue }
            guard due <= now else {
                nextChoice = earliest(nextChoice, due)
                continue
            }
            track.choiceDue = nil
            aimAll(of: track, now: now)
        }
    }

    private func aimAll(of track: PublishedTrack, now: MonotonicInstant) {
        if !track.isAudio { allocation?.encodingsChanged(of: track, now: now) }
        var hasChanged = false
        for subscriber in track.subscribers where aim(subscriber.subscription, in: track, now: now) {
            hasChanged = true
        }
        guard hasChanged else { return }
        settle(track)
        request(.askForKeyframes(track.origin))
    }
}
